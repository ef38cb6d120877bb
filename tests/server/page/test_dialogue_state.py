"""What the face is about, from scripted states, holds and hearing."""

import pytest
from playwright.sync_api import Page

SCRIPT = """
async (steps) => {
  const { DialogueState } = await import('/dialogue_state.js');
  const state = new DialogueState();
  for (const [what, ...args] of steps) {
    if (what === 'speaking') state.speaking = args[0];
    else state[what](...args);
  }
  return state.shown;
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
        ([["enter", 9, "listening"], ["hold"], ["reset"]], "idle"),
        ([["enter", 9, "listening"], ["reset"], ["enter", 1, "thinking"]], "thinking"),
    ],
)
def test_dialogue_state(module_page: Page, steps: list[object], shown: str) -> None:
    assert module_page.evaluate(SCRIPT, steps) == shown
