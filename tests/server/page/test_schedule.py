"""Events shown in the order in which they are due, on a clock that the test moves."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

SCRIPT = """
async (dues) => {
  const { Schedule } = await import('/schedule.js');
  const now = performance.now();
  window.shown = [];
  window.schedule = new Schedule(({ id }) => shown.push([id, performance.now() - now]));
  dues.forEach((due, id) => schedule.add({ id, status: 'word' }, now + due));
}
"""
ADD = "(due) => schedule.add({ id: 9, status: 'word' }, performance.now() + due)"


@pytest.fixture
def stopped(browser: Browser, site: str) -> Iterator[Page]:
    """A tab at the page's address whose clock stands still."""
    with browser.new_context() as context:
        tab = context.new_page()
        tab.clock.install(time=0)
        tab.goto(f"{site}favicon.svg")
        tab.clock.pause_at(60_000)
        yield tab


def shown(tab: Page) -> list[list[float]]:
    result: list[list[float]] = tab.evaluate("shown")
    return result


def test_none_is_shown_before_it_is_due_and_equals_keep_their_order(stopped: Page) -> None:
    stopped.evaluate(SCRIPT, [40, -5, 20, 20, 0])
    assert shown(stopped) == [[1, 0], [4, 0]]
    stopped.clock.run_for(19)
    assert len(shown(stopped)) == 2
    stopped.clock.run_for(81)
    assert shown(stopped) == [[1, 0], [4, 0], [2, 20], [3, 20], [0, 40]]


def test_what_was_cleared_is_not_shown(stopped: Page) -> None:
    stopped.evaluate(SCRIPT, [20])
    stopped.evaluate("schedule.clear()")
    stopped.evaluate(ADD, 40)
    stopped.clock.run_for(100)
    assert shown(stopped) == [[9, 40]]
