"""The operators' page: what each look shows, and what its buttons ask for."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

SESSION: dict[str, Any] = {
    "sessionid": "1234",
    "avatar": "mira",
    "engine": "builtin",
    "state": "live",
    "dialogue": "speaking",
    "speaking": True,
    "recording": False,
    "seconds": 3725.4,
    "picture_kbps": 812.4,
    "sound_kbps": 31.0,
    "target_kbps": 1000.0,
    "loss": 0.034,
    "round_trip_ms": 41.6,
    "dropped": 2,
    "stages": [
        {"stage": "ingest", "median": 1500.4, "most": 2900.0},
        {"stage": "features", "median": 117.0, "most": 240.0},
        {"stage": "inference", "median": 12.34, "most": 130.2},
    ],
}
ACTORS = [
    {"actor": "ingest", "pid": 11, "state": "ready", "restarts": 0},
    {"actor": "egress", "pid": None, "state": "starting", "restarts": 3},
]
SETTINGS = {"port": 8010, "llm": {"url": "", "key": "***"}, "codecs": ["a", "b"], "tts": [{"k": 1}]}


class Server:
    """Answers the page: a stream of one look for each time that it is asked."""

    def __init__(self, page: Page) -> None:
        self.sessions: list[dict[str, Any]] = [SESSION]
        self.asked: list[tuple[str, Any]] = []
        self.status = 200
        self.settings_status = 200
        page.route("**/operations", self._look)
        page.route("**/api/admin/config", self._settings)
        for path in ("interrupt_talk", "record", "close"):
            page.route(f"**/{path}", self._take)

    def _look(self, route: Route) -> None:
        if self.status != 200:
            said = {"code": -1, "msg": "the setting admin"}
            route.fulfill(status=self.status, json=said)
            return
        look = {"ready": True, "lacking": "", "capacity": 12, "actors": ACTORS}
        told = json.dumps({**look, "sessions": self.sessions})
        route.fulfill(headers={"Content-Type": "text/event-stream"}, body=f"data: {told}\n\n")

    def _settings(self, route: Route) -> None:
        body = {"code": 0, "msg": "ok", "data": {"config": {"ringtalk": SETTINGS}}}
        route.fulfill(status=self.settings_status, json=body)

    def _take(self, route: Route) -> None:
        path = route.request.url.rsplit("/", 1)[-1]
        self.asked.append((path, json.loads(route.request.post_data or "")))
        route.fulfill(json={"code": 0, "msg": "ok"})


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.unroute_all(behavior="ignoreErrors")
    page.close()
    assert errors == []


@pytest.fixture
def server(page: Page) -> Server:
    return Server(page)


def figure(page: Page, name: str) -> str:
    return page.locator(f"[data-session='1234'] [data-figure='{name}']").inner_text()


def test_a_session_is_shown_with_its_way_and_its_stages(
    page: Page, server: Server, site: str
) -> None:
    page.goto(f"{site}operations.html")
    card = page.locator("[data-session='1234']")
    expect(card.get_by_role("heading")).to_have_text("mira")
    expect(card.locator(".state")).to_have_text("Speaking")
    expect(card.locator(".session-id")).to_have_text("1234, drawn by builtin")
    shown = {name: figure(page, name) for name in ("age", "picture", "sound", "loss", "trip")}
    assert shown == {
        "age": "1:02:05",
        "picture": "812 kbit/s",
        "sound": "31 kbit/s",
        "loss": "3.4 %",
        "trip": "42 ms",
    }
    expect(card.get_by_label("Time in each stage")).to_have_text(
        "Speech1500 ms after it was asked for"
        "Features117 ms, waiting for sound included"
        "Face12.3, most 130 ms"
    )
    expect(card.get_by_label("Time in each stage").locator("b")).to_have_count(1)
    expect(page.get_by_test_id("summary-sessions")).to_have_text("1 / 12")
    rows = page.get_by_test_id("actors").get_by_role("row").all_inner_texts()
    assert [row.split() for row in rows] == [
        ["ingest", "ready", "11", "0"],
        ["egress", "starting", "–", "3"],
    ]
    assert page.title() == "ringtalk: operations"
    expect(page.get_by_role("link")).to_have_attribute("href", "./")


def test_sessions_come_and_go_and_the_focus_stays(page: Page, server: Server, site: str) -> None:
    page.goto(f"{site}operations.html")
    record = page.locator("[data-session='1234']").get_by_test_id("record")
    record.focus()
    server.sessions = [SESSION, {**SESSION, "sessionid": "5678", "state": "quiet", "loss": None}]
    other = page.locator("[data-session='5678']")
    expect(other.locator(".state")).to_have_text("Client lost")
    expect(other.locator("[data-figure='loss']")).to_have_text("–")
    expect(record).to_be_focused()
    server.sessions = []
    expect(page.get_by_test_id("no-sessions")).to_be_visible()
    expect(page.locator("[data-session]")).to_have_count(0)


def test_the_buttons_ask_for_what_they_say(page: Page, server: Server, site: str) -> None:
    page.goto(f"{site}operations.html")
    card = page.locator("[data-session='1234']")
    with page.expect_response("**/interrupt_talk"):
        card.get_by_role("button", name="Interrupt: mira, 1234").click()
    with page.expect_response("**/record"):
        card.get_by_test_id("record").click()
    server.sessions = [{**SESSION, "recording": True, "speaking": False, "dialogue": "idle"}]
    record = card.get_by_test_id("record")
    expect(record).to_have_attribute("aria-pressed", "true")
    expect(card.locator(".state")).to_have_text("Silent · recording")
    expect(card.get_by_test_id("interrupt-session")).to_be_disabled()
    with page.expect_response("**/record"):
        record.press("Enter")
    end = card.get_by_test_id("end-session")
    end.click()
    expect(end).to_have_text("Really end?")
    with page.expect_response("**/close"):
        end.click()
    assert server.asked == [
        ("interrupt_talk", {"sessionid": "1234"}),
        ("record", {"sessionid": "1234", "type": "start_record"}),
        ("record", {"sessionid": "1234", "type": "end_record"}),
        ("close", {"sessionid": "1234"}),
    ]


def test_settings_are_shown_name_by_name(page: Page, server: Server, site: str) -> None:
    page.goto(f"{site}operations.html")
    expect(page.get_by_role("heading", name="Settings in force")).to_be_visible()
    rows = page.get_by_test_id("settings").get_by_role("row").all_inner_texts()
    assert [row.split("\t") for row in rows] == [
        ["port", "8010"],
        ["llm.url", "–"],
        ["llm.key", "***"],
        ["codecs", "a, b"],
        ["tts.0.k", "1"],
    ]


def test_a_server_that_says_no_is_asked_once(page: Page, server: Server, site: str) -> None:
    server.status = server.settings_status = 403
    page.goto(f"{site}operations.html")
    expect(page.get_by_test_id("toast")).to_contain_text("does not show its operations")
    expect(page.get_by_test_id("toast")).to_contain_text("the setting admin")
    expect(page.get_by_test_id("watch-state")).to_have_attribute("data-state", "failed")
    expect(page.get_by_role("heading", name="Settings in force")).to_be_hidden()


def test_a_server_that_is_away_for_a_moment_is_asked_again(
    page: Page, server: Server, site: str
) -> None:
    server.status = 503
    with page.expect_response("**/operations"):
        page.goto(f"{site}operations.html")
    server.status = 200
    expect(page.locator("[data-session='1234']")).to_be_visible()
    page.get_by_test_id("lang-zh").click()
    expect(page.locator("[data-session='1234'] .state")).to_have_text("正在说话")
    assert page.title() == "ringtalk：运行状况"
    page.evaluate("localStorage.clear()")


def test_the_first_page_leads_there(page: Page, server: Server, site: str) -> None:
    page.goto(site)
    page.get_by_test_id("to-operations").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Operations")
