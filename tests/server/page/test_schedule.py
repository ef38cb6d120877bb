"""Events shown in the order in which they are due."""

from playwright.sync_api import Page

SCRIPT = """
async (dues) => {
  const { Schedule } = await import('/schedule.js');
  const now = performance.now();
  return new Promise((resolve) => {
    const shown = [];
    const schedule = new Schedule(({ id }) => {
      shown.push([id, performance.now() - now >= dues[id] - 1]); // timers are whole ms
      if (shown.length === dues.length) resolve(shown);
    });
    dues.forEach((due, id) => schedule.add({ id, status: 'word' }, now + due));
  });
}
"""
CLEARED = """
async () => {
  const { Schedule } = await import('/schedule.js');
  const now = performance.now();
  return new Promise((resolve) => {
    const schedule = new Schedule(({ id }) => resolve(id));
    schedule.add({ id: 1, status: 'word' }, now + 20);
    schedule.clear();
    schedule.add({ id: 2, status: 'word' }, now + 40);
  });
}
"""


def test_none_is_shown_before_it_is_due_and_equals_keep_their_order(lab: Page) -> None:
    shown = lab.evaluate(SCRIPT, [40, -5, 20, 20, 0])
    assert shown == [[1, True], [4, True], [2, True], [3, True], [0, True]]


def test_what_was_cleared_is_not_shown(lab: Page) -> None:
    assert lab.evaluate(CLEARED) == 2
