"""Speaking and interruptible, from scripted hearing."""

from playwright.sync_api import Page

SCRIPT = """
async (steps) => {
  const { Activity } = await import('/activity.js');
  const activity = new Activity();
  return steps.map(([what, ...args]) => {
    if (what === 'hear') {
      const [now, loud = null] = args;
      activity.hear({ now, first: loud, last: loud, level: 0 });
    } else activity[what](...args);
    return [activity.speaking, activity.interruptible];
  });
}
"""


def run(lab: Page, *steps: list[object]) -> list[list[bool]]:
    result: list[list[bool]] = lab.evaluate(SCRIPT, list(steps))
    return result


def test_nothing_at_first(lab: Page) -> None:
    assert run(lab, ["hear", 10]) == [[False, False]]


def test_what_was_sent_can_be_interrupted_before_it_sounds(lab: Page) -> None:
    assert run(lab, ["sent", 0], ["hear", 500])[-1] == [False, True]


def test_what_was_refused_cannot(lab: Page) -> None:
    assert run(lab, ["sent", 0], ["refused"], ["hear", 500])[-1] == [False, False]


def test_a_pause_between_words_is_still_speech(lab: Page) -> None:
    assert run(lab, ["hear", 1000, 1000], ["hear", 1300])[-1] == [True, True]


def test_a_pause_between_sentences_can_be_interrupted(lab: Page) -> None:
    assert run(lab, ["hear", 1000, 1000], ["hear", 2000])[-1] == [False, True]


def test_it_ends(lab: Page) -> None:
    steps: list[list[object]] = [["sent", 0], ["hear", 1000, 1000], ["hear", 3000]]
    assert run(lab, *steps)[-1] == [False, False]


def test_after_an_interrupt_only_what_still_sounds(lab: Page) -> None:
    steps: list[list[object]] = [["hear", 1000, 1000], ["interrupted"], ["hear", 1400]]
    assert run(lab, *steps)[-1] == [False, False]


def test_a_lost_call_says_nothing(lab: Page) -> None:
    steps: list[list[object]] = [["sent", 0], ["hear", 1000, 1000], ["forget"], ["hear", 1010]]
    assert run(lab, *steps)[-1] == [False, False]
