"""Debian's Chromium, for the tests that need a real browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--mute-audio",
)


AUTOPLAY: Final = "--autoplay-policy=no-user-gesture-required"
"""Sound plays before anybody has touched the page."""
PATIENCE_MS: Final = 30_000
"""How long what a test expects to see may take, where the machine has other work."""


@contextmanager
def chromium_with(*flags: str) -> Iterator[Browser]:
    """Headless, with these flags beside the usual ones; without a Chromium the test is left out,
    or fails where CI is set.

    Playwright's synchronous API keeps an event loop running in the test's thread for as long
    as it is open, and no other test can use asyncio.run meanwhile.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        assert not os.environ.get("CI"), "CI needs Debian's chromium"
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        launched = playwright.chromium.launch(executable_path=chromium, args=[*_FLAGS, *flags])
        yield launched
        launched.close()
