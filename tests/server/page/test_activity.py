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


def run(module_page: Page, *steps: list[object]) -> list[list[bool]]:
    result: list[list[bool]] = module_page.evaluate(SCRIPT, list(steps))
    return result


def test_nothing_at_first(module_page: Page) -> None:
    assert run(module_page, ["hear", 10]) == [[False, False]]


def test_what_was_sent_can_be_interrupted_before_it_sounds(module_page: Page) -> None:
    assert run(module_page, ["sent", 0], ["hear", 500])[-1] == [False, True]


def test_what_was_refused_cannot(module_page: Page) -> None:
    assert run(module_page, ["sent", 0], ["refused"], ["hear", 500])[-1] == [False, False]


def test_a_pause_between_words_is_still_speech(module_page: Page) -> None:
    assert run(module_page, ["hear", 1000, 1000], ["hear", 1300])[-1] == [True, True]


def test_a_pause_between_sentences_can_be_interrupted(module_page: Page) -> None:
    assert run(module_page, ["hear", 1000, 1000], ["hear", 2000])[-1] == [False, True]


def test_it_ends(module_page: Page) -> None:
    steps: list[list[object]] = [["sent", 0], ["hear", 1000, 1000], ["hear", 3000]]
    assert run(module_page, *steps)[-1] == [False, False]


def test_after_an_interrupt_only_what_still_sounds(module_page: Page) -> None:
    steps: list[list[object]] = [["hear", 1000, 1000], ["interrupted"], ["hear", 1400]]
    assert run(module_page, *steps)[-1] == [False, False]


def test_a_lost_session_says_nothing(module_page: Page) -> None:
    steps: list[list[object]] = [["sent", 0], ["hear", 1000, 1000], ["reset"], ["hear", 1010]]
    assert run(module_page, *steps)[-1] == [False, False]
