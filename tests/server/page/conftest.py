"""A static server for server/page and one Chromium for all tests of the page.

The page needs no server of ringtalk's here: its pure modules are imported alone, and its
calls are answered by a far end that runs in a second tab (`far_end.py`).
"""

import json
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.chromium import chromium_with
from tests.server.page.far_end import FarEnd

PAGE = Path(__file__).parents[3] / "server" / "page"
AVATARS = [
    {"name": name, "replaceable": free, "prepared": ready, "broken": broken, "default": first}
    for name, free, ready, broken, first in (
        ("mira", True, True, "", True),
        ("mira-landscape", True, False, "", False),
        ("anna-2", False, True, "", False),
        ("bert", False, False, "frames.npy: missing", False),
    )
]


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and /avatars, and writes no log."""

    def do_GET(self) -> None:
        """A file, or who can be shown."""
        if self.path != "/avatars":
            super().do_GET()
            return
        body = json.dumps({"code": 0, "msg": "ok", "data": AVATARS}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the page, on a free loopback port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(PAGE)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium, gone after each file of tests, with a microphone that beeps; each
    context still has to be allowed to use it."""
    with chromium_with("--use-fake-device-for-media-stream") as launched:
        yield launched


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile that prefers English."""
    context = browser.new_context(locale="en-GB")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, site: str) -> Iterator[Page]:
    """The page, open and idle; a test fails on any uncaught error in it."""
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(site)
    yield page
    page.unroute_all(behavior="ignoreErrors")  # a request of a page that goes away
    assert errors == []


@pytest.fixture
def far(context: BrowserContext, site: str, page: Page) -> FarEnd:
    """The far end of a call, already serving the page; the page's tab is in front."""
    far = FarEnd(context, site)
    far.serve(page)
    page.bring_to_front()
    return far


def state(page: Page, name: str) -> None:
    """Wait for the call to be in this state."""
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", name, timeout=20_000)


def start(page: Page) -> None:
    """Press Start and wait until the call is live."""
    page.get_by_test_id("start").click()
    state(page, "live")


@pytest.fixture(scope="module")
def lab(browser: Browser, site: str) -> Iterator[Page]:
    """A tab at the page's address, in which pure modules are imported and tried."""
    context = browser.new_context()
    lab = context.new_page()
    lab.goto(f"{site}favicon.svg")
    yield lab
    context.close()
