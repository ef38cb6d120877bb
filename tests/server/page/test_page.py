"""The page before and around a session: hooks, languages, errors in words."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.server.page.conftest import PAGE, expect_state

HOOKS = (
    *("start", "text", "speak", "interrupt", "file", "file-drop", "end", "state", "speaking"),
    *("video", "language", "lang-en", "lang-zh", "toast", "latency-sound", "latency-silence"),
    *(
        "fps",
        "mic",
        "dialogue-state",
        "caption",
        "caption-line",
        "transcript",
        "partial",
        "turn-timing",
    ),
    *("mode-echo", "mode-chat", "record"),
)


def test_each_hook_exists_once(page: Page) -> None:
    counts = {hook: page.get_by_test_id(hook).count() for hook in HOOKS}
    assert counts == dict.fromkeys(HOOKS, 1)


def test_only_start_is_offered_at_first(page: Page) -> None:
    expect(page.get_by_test_id("start")).to_be_visible()
    expect(page.get_by_test_id("start")).to_be_enabled()
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", "idle")
    for hook in (
        "text",
        "interrupt",
        "end",
        "toast",
        "mic",
        "record",
        "dialogue-state",
        "caption",
        "transcript",
    ):
        expect(page.get_by_test_id(hook)).to_be_hidden()


def test_nothing_comes_from_elsewhere(context: BrowserContext, site: str) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(site)
    page.wait_for_load_state("networkidle")
    assert all(url.startswith(site) for url in asked)
    assert complaints == []


def test_no_inline_script_or_style() -> None:
    html = (PAGE / "index.html").read_text()
    assert re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", html) is None


def test_every_control_has_a_name(page: Page) -> None:
    page.evaluate("for (const e of document.querySelectorAll('[hidden]')) e.hidden = false")
    for button in page.get_by_role("button").all():
        assert button.evaluate("(b) => b.ariaLabel ?? b.innerText.trim()")


@pytest.mark.parametrize(
    ("locale", "tag"), [("zh-TW", "zh-Hans"), ("en-US", "en"), ("fr-FR", "en")]
)
def test_the_browsers_language_is_taken(browser: Browser, site: str, locale: str, tag: str) -> None:
    with browser.new_context(locale=locale) as context:
        other = context.new_page()
        other.goto(site)
        expect(other.locator("html")).to_have_attribute("lang", tag)


def test_a_chosen_language_is_remembered(page: Page) -> None:
    page.get_by_test_id("lang-zh").click()
    expect(page.get_by_test_id("start")).to_have_text("\u5f00\u59cb")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.get_by_test_id("lang-zh")).to_have_attribute("aria-pressed", "true")


def test_a_full_server_is_explained(page: Page) -> None:
    page.route(
        "**/offer",
        lambda route: route.fulfill(
            status=503,
            headers={"Retry-After": "7"},
            json={"code": -1, "msg": "all 12 sessions are taken"},
        ),
    )
    page.get_by_test_id("start").click()
    toast = page.get_by_test_id("toast")
    expect(toast).to_contain_text("7 s")
    expect(toast).to_contain_text("all 12 sessions are taken")
    expect_state(page, "failed")
    expect(page.get_by_test_id("start")).to_have_text("Try again")
    expect(page.get_by_test_id("start")).to_be_focused()


def test_a_starting_server_is_asked_again_but_not_for_ever(page: Page) -> None:
    asked: list[str] = []

    def starting(route: Route) -> None:
        asked.append(route.request.method)
        route.fulfill(
            status=503, headers={"Retry-After": "0"}, json={"code": -1, "msg": "starting"}
        )

    page.route("**/offer", starting)
    page.get_by_test_id("start").click()
    expect_state(page, "failed")
    assert asked == ["POST"] * 5


def test_an_unreachable_server_is_explained_and_the_words_follow_the_language(page: Page) -> None:
    page.route("**/offer", lambda route: route.abort())
    page.get_by_test_id("start").click()
    toast = page.get_by_test_id("toast")
    expect(toast).to_contain_text("cannot be reached")
    page.get_by_test_id("lang-zh").click()
    expect(toast).to_contain_text("\u65e0\u6cd5\u8fde\u63a5")
    toast.get_by_role("button").click()
    expect(toast).to_be_hidden()


def test_a_session_can_be_given_up_while_connecting(page: Page) -> None:
    page.route("**/offer", lambda route: None)
    page.get_by_test_id("start").click()
    expect_state(page, "connecting")
    page.get_by_test_id("end").click()
    expect_state(page, "ended")
    expect(page.get_by_test_id("start")).to_be_enabled()


def test_who_is_chosen_is_seen_before_a_session(page: Page) -> None:
    """The static site has no posters; the page asks for the one of who is chosen."""
    poster = page.locator("#video")
    expect(poster).to_have_attribute("poster", re.compile(r"/avatars/mira/poster$"))
    page.get_by_test_id("avatar").select_option("anna-2")
    expect(poster).to_have_attribute("poster", re.compile(r"/avatars/anna-2/poster$"))


def test_the_line_for_a_program_names_server_and_session(module_page: Page) -> None:
    line = module_page.evaluate(
        "async () => (await import('/program_line.js')).curlLine('12', 'https://a.example/sub/')"
    )
    assert line == (
        "curl -X POST https://a.example/sub/human -H 'Content-Type: application/json' "
        """-d '{"sessionid":"12","type":"echo","text":"Hello!"}'"""
    )


def test_a_text_that_is_too_long_is_told_before_it_is_sent(page: Page) -> None:
    hint = page.locator("#text-hint")
    box = page.locator("#text")
    page.evaluate("document.querySelector('#panel').hidden = false")
    box.fill("a" * 90)
    expect(hint).to_contain_text("Enter sends")
    box.fill("a" * 95)
    expect(hint).to_have_text("95 of 100 characters")
    box.fill("a" * 101)
    expect(hint).to_have_class(re.compile("over"))
    expect(page.get_by_test_id("speak")).to_be_disabled()
