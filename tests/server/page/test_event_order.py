"""Events in order and once, whichever way they came."""

import pytest
from playwright.sync_api import Page

SCRIPT = """
async (ids) => {
  const { Inbox } = await import('/event_order.js');
  const inbox = new Inbox();
  const out = ids.map((id) => {
    if (id === 'giveUp') return inbox.giveUp().map((event) => event.id);
    const event = typeof id === 'number' ? { id, status: 'state' } : { id: id[0], status: 'gap' };
    return inbox.take(event).map((event) => event.id);
  });
  return { out, gaping: inbox.gaping, last: inbox.last };
}
"""
READ = "async (text) => (await import('/event_order.js')).read(text)"


def run(lab: Page, *ids: object) -> dict[str, object]:
    result: dict[str, object] = lab.evaluate(SCRIPT, list(ids))
    return result


def test_in_order_they_pass(lab: Page) -> None:
    assert run(lab, 1, 2, 3)["out"] == [[1], [2], [3]]


def test_the_same_event_is_shown_once(lab: Page) -> None:
    assert run(lab, 1, 2, 1, 2, 2)["out"] == [[1], [2], [], [], []]


def test_what_comes_too_early_waits_for_the_missing(lab: Page) -> None:
    result = run(lab, 1, 4, 3, 4, 2)
    assert result == {"out": [[1], [], [], [], [2, 3, 4]], "gaping": False, "last": 4}


def test_a_hole_is_known(lab: Page) -> None:
    assert run(lab, 1, 3)["gaping"] is True


def test_a_gap_that_the_server_names_is_passed_over(lab: Page) -> None:
    assert run(lab, 1, 9, [7], 8)["out"] == [[1], [], [7], [8, 9]]


def test_what_waits_behind_a_named_gap_is_forgotten(lab: Page) -> None:
    assert run(lab, 1, 5, [7]) == {"out": [[1], [], [7]], "gaping": False, "last": 7}


def test_given_up_the_rest_is_shown_in_order(lab: Page) -> None:
    result = run(lab, 1, 5, 3, "giveUp", 4, 6)
    assert result["out"] == [[1], [], [], [3, 5], [], [6]]


def test_no_more_than_the_server_keeps_waits(lab: Page) -> None:
    out = run(lab, *range(2, 1027))["out"]
    assert isinstance(out, list)
    assert [len(ids) for ids in out] == [0] * 1024 + [1025]


@pytest.mark.parametrize("text", ["", "{", "null", "7", "{}", '{"id":"1","status":"x"}', "[]"])
def test_what_is_no_event_is_none(lab: Page, text: str) -> None:
    assert lab.evaluate(READ, text) is None
