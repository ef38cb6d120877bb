"""A clip becomes an avatar on the page Avatars, and is talked to, renamed and deleted."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import serve

pytest.importorskip("diffusers")
from tests.e2e.neural_weights import save_weights, write_clip

PATIENCE_MS = 60_000
MAKING_MS = 300_000
"""It is made when nobody else wants the processor."""


def test_an_avatar_is_made_talked_to_renamed_and_deleted(browser: Browser, tmp_path: Path) -> None:
    save_weights("wav2lip", "", tmp_path / "ringtalk" / "models")
    clip = write_clip(tmp_path / "Anna B.mp4")
    running = serve(XDG_CACHE_HOME=str(tmp_path))
    context = browser.new_context(locale="en-GB")
    errors: list[str] = []
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.goto(f"{running.url}/")
        page.get_by_test_id("to-avatars").click()
        _make(page, clip)
        _talk(page)
        _change(page)
    finally:
        context.close()
        running.process.terminate()
        assert running.process.wait(60) == 0
    assert errors == []
    assert list((tmp_path / "ringtalk" / "avatars").glob("[!.]*B*")) == []


def _make(page: Page, clip: Path) -> None:
    """By keyboard alone, once the file is chosen."""
    engine = page.get_by_test_id("making-engine")
    expect(engine.locator("option")).to_have_count(6, timeout=PATIENCE_MS)
    page.get_by_test_id("making-file").set_input_files(clip)
    name = page.get_by_test_id("making-name")
    expect(name).to_have_value("Anna-B")
    expect(engine).to_have_value("builtin")
    engine.press("ArrowDown")
    expect(engine).to_have_value("wav2lip")
    name.press("Enter")
    expect(page.locator("#tasks-said")).to_have_text("Anna-B: Ready", timeout=MAKING_MS)
    page.get_by_role("button", name="Sheet: Anna-B").click()
    sheet = page.get_by_test_id("sheet")
    expect(sheet).to_be_visible()
    page.wait_for_function("document.getElementById('sheet').naturalWidth > 500")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("button", name="Sheet: Anna-B")).to_be_focused()


def _talk(page: Page) -> None:
    page.get_by_role("link", name="Talk to Anna-B").click()
    expect(page.get_by_test_id("avatar")).to_have_value("Anna-B", timeout=PATIENCE_MS)
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("state")).to_have_attribute(
        "data-state", "live", timeout=PATIENCE_MS
    )
    page.get_by_test_id("text").fill("Good morning, it is good to be here.")
    page.get_by_test_id("speak").click()
    expect(page.get_by_test_id("speaking")).to_have_attribute(
        "data-speaking", "true", timeout=PATIENCE_MS
    )


def _change(page: Page) -> None:
    """While the session of the page before may still go on."""
    page.goto(page.url.split("?")[0] + "avatars.html")
    page.get_by_role("button", name="Rename: Anna-B").click()
    name = page.get_by_test_id("rename-name")
    name.fill("mira")
    name.press("Enter")
    expect(page.locator("#rename-wrong")).to_contain_text("'mira' is no name for an avatar")
    name.fill("Bea-B")
    name.press("Enter")
    expect(page.get_by_test_id("rename-dialog")).to_be_hidden()
    page.get_by_role("button", name="Delete: Bea-B").click()
    page.get_by_test_id("delete-do").click()
    expect(page.locator("[data-name='Bea-B']")).to_have_count(0)
