"""What the face is about, from scripted states, holds and hearing."""

import pytest
from playwright.sync_api import Page

SCRIPT = """
async (steps) => {
  const { Mood } = await import('/state.js');
  const mood = new Mood();
  for (const [what, ...args] of steps) {
    if (what === 'speaking') mood.speaking = args[0];
    else mood[what](...args);
  }
  return mood.shown;
}
"""


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        ([], "idle"),
        ([["speaking", True]], "speaking"),
        ([["enter", 1, "thinking"], ["speaking", True]], "thinking"),
        ([["enter", 1, "speaking"]], "speaking"),
        ([["enter", 2, "listening"], ["enter", 1, "speaking"]], "listening"),
        ([["enter", 1, "dancing"]], "idle"),
        ([["enter", 1, "listening"], ["hold"]], "held"),
        ([["enter", 1, "listening"], ["hold"], ["release"]], "listening"),
        ([["enter", 1, "listening"], ["hold"], ["enter", 2, "thinking"]], "thinking"),
        ([["enter", 9, "listening"], ["hold"], ["forget"]], "idle"),
        ([["enter", 9, "listening"], ["forget"], ["enter", 1, "thinking"]], "thinking"),
    ],
)
def test_mood(lab: Page, steps: list[object], shown: str) -> None:
    assert lab.evaluate(SCRIPT, steps) == shown
