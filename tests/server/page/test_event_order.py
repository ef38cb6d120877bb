"""Events in order and once, whichever way they came."""

import pytest
from playwright.sync_api import Page

SCRIPT = """
async (ids) => {
  const { EventOrder } = await import('/event_order.js');
  const order = new EventOrder();
  const out = ids.map((id) => {
    if (id === 'flush') return order.flush().map((event) => event.id);
    const event = typeof id === 'number' ? { id, status: 'state' } : { id: id[0], status: 'gap' };
    return order.add(event).map((event) => event.id);
  });
  return { out, hasGap: order.hasGap, last: order.last };
}
"""
PARSE = "async (text) => (await import('/event_order.js')).parseEvent(text)"


def run(module_page: Page, *ids: object) -> dict[str, object]:
    result: dict[str, object] = module_page.evaluate(SCRIPT, list(ids))
    return result


def test_in_order_they_pass(module_page: Page) -> None:
    assert run(module_page, 1, 2, 3)["out"] == [[1], [2], [3]]


def test_the_same_event_is_shown_once(module_page: Page) -> None:
    assert run(module_page, 1, 2, 1, 2, 2)["out"] == [[1], [2], [], [], []]


def test_what_comes_too_early_waits_for_the_missing(module_page: Page) -> None:
    result = run(module_page, 1, 4, 3, 4, 2)
    assert result == {"out": [[1], [], [], [], [2, 3, 4]], "hasGap": False, "last": 4}


def test_a_hole_is_known(module_page: Page) -> None:
    assert run(module_page, 1, 3)["hasGap"] is True


def test_a_gap_that_the_server_names_is_passed_over(module_page: Page) -> None:
    assert run(module_page, 1, 9, [7], 8)["out"] == [[1], [], [7], [8, 9]]


def test_what_waits_behind_a_named_gap_is_forgotten(module_page: Page) -> None:
    assert run(module_page, 1, 5, [7]) == {"out": [[1], [], [7]], "hasGap": False, "last": 7}


def test_given_up_the_rest_is_shown_in_order(module_page: Page) -> None:
    result = run(module_page, 1, 5, 3, "flush", 4, 6)
    assert result["out"] == [[1], [], [], [3, 5], [], [6]]


def test_no_more_than_the_server_keeps_waits(module_page: Page) -> None:
    out = run(module_page, *range(2, 1027))["out"]
    assert isinstance(out, list)
    assert [len(ids) for ids in out] == [0] * 1024 + [1025]


@pytest.mark.parametrize("text", ["", "{", "null", "7", "{}", '{"id":"1","status":"x"}', "[]"])
def test_what_is_no_event_is_none(module_page: Page, text: str) -> None:
    assert module_page.evaluate(PARSE, text) is None
