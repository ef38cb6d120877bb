"""A static server for server/page and one Chromium for all tests of the page.

The page needs no server of ringtalk's here: its pure modules are imported alone, and its
requests are answered by a far end that runs in a second tab (`far_end.py`).
"""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.chromium import chromium_with
from tests.server.page.far_end import FarEnd, open_far_tab

HERE = Path(__file__).parent
PAGE = Path(__file__).parents[3] / "server" / "page"
AVATARS = [
    {
        "name": name,
        "engine": "builtin",
        "replaceable": free,
        "prepared": ready,
        "broken": broken,
        "default": first,
    }
    for name, free, ready, broken, first in (
        ("mira", True, True, "", True),
        ("mira-landscape", True, False, "", False),
        ("anna-2", False, True, "", False),
        ("bert", False, False, "frames.npy: missing", False),
    )
]
ABILITIES = {"answers": "model", "hears": True, "language": "", "max_text": 100}
STATS = """
new Promise((resolve, reject) => {
  const late = setTimeout(() => reject(new Error('no such statistics in 20 s')), 20_000);
  document.addEventListener('ringtalk:stats', ({ detail }) => {
    if (!(%s)) return;
    clearTimeout(late);
    resolve(detail);
  });
})
"""


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files, and what the page asks at its start, over connections that stay open, and
    writes no log."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A file, who can be shown, or what the server can do."""
        known = {"/avatars": AVATARS, "/config": ABILITIES}
        if self.path not in known:
            if self.path.endswith("/poster"):  # of any avatar
                self.path = "/poster.jpg"
            super().do_GET()
            return
        body = json.dumps({"code": 0, "msg": "ok", "data": known[self.path]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class QuietServer(ThreadingHTTPServer):
    """Says nothing of a page that went away before it had its answer."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Tell every error but that one."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the page, on a free loopback port."""
    server = QuietServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(PAGE)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


class SharedChromium:
    """One Chromium for the tests of this folder that follow each other.

    A fixture of the whole run would keep Playwright's event loop in the thread of the tests
    that come after this folder, and they could not use asyncio.run.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._browser: Browser | None = None

    def browser(self) -> Browser:
        """The one that runs, or a new one, with a microphone that beeps."""
        if self._browser is None:
            flag = "--use-fake-device-for-media-stream"
            self._browser = self._stack.enter_context(chromium_with(flag))
        return self._browser

    def close(self) -> None:
        """End it, if one runs."""
        self._browser = None
        self._stack.close()


CHROMIUM = SharedChromium()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    """Chromium goes, after the fixtures, when the next test lies outside this folder."""
    try:
        return (yield)
    finally:
        if nextitem is None or HERE not in nextitem.path.parents:
            CHROMIUM.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[SharedChromium]:
    """Gone at the end of a run that is broken off, too."""
    yield CHROMIUM
    CHROMIUM.close()


@pytest.fixture(scope="module")
def browser(chromium: SharedChromium) -> Browser:
    """A headless Chromium; each context has to be allowed to use its microphone."""
    return chromium.browser()


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A profile that prefers English, new for each file of tests; `page` leaves it empty."""
    context = browser.new_context(locale="en-GB")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, site: str) -> Iterator[Page]:
    """The page, idle, and it knows who can be shown; a test fails on any uncaught error in it."""
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(site)
    expect(page.get_by_test_id("avatar")).to_have_value("mira")
    yield page
    page.unroute_all(behavior="ignoreErrors")  # a request of a page that goes away
    page.evaluate("localStorage.clear()")
    page.close()
    assert errors == []


@pytest.fixture(scope="module")
def far_tab(context: BrowserContext) -> Page:
    """The tab in which the far end of every session of a file of tests runs."""
    return open_far_tab(context)


@pytest.fixture
def far(far_tab: Page, page: Page) -> FarEnd:
    """The far end of a session, already serving the page."""
    far = FarEnd(far_tab)
    far.serve(page)
    return far


def expect_state(page: Page, name: str) -> None:
    """Wait for the session's state. That waits for nothing where the state is this one before
    and after what is waited for: see `another_session`."""
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", name, timeout=20_000)


def start(page: Page) -> None:
    """Press Start and wait until the session is live."""
    page.get_by_test_id("start").click()
    expect_state(page, "live")


@contextmanager
def another_session(page: Page) -> Iterator[None]:
    """What is done inside makes a live page begin another session; at the end that is live.

    The old session is live until it is given up, so that the offer of the new one is waited
    for first: the page is no longer live when it sends that.
    """
    with page.expect_request("**/offer"):
        yield
    expect_state(page, "live")


def stats(page: Page, condition: str) -> dict[str, Any]:
    """The next statistics that the page tells of which this holds, in JavaScript."""
    found: dict[str, Any] = page.evaluate(STATS % condition)
    return found


@pytest.fixture(scope="module")
def module_page(browser: Browser, site: str) -> Iterator[Page]:
    """A tab at the page's address, in which pure modules are imported and tried."""
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(f"{site}favicon.svg")
    yield tab
    context.close()
