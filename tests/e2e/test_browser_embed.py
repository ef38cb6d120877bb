"""<ring-talk> in a page of another origin, with a token; and the face alone in a frame."""

import json
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Served, serve

KEY = "a-key-of-the-owners-back-end"
STATE = "state"
SECONDS = 60_000


class Quiet(SimpleHTTPRequestHandler):
    """Somebody's web site; it writes no log."""

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder, and where it is served."""
    folder = tmp_path_factory.mktemp("site")
    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def guarded(site: tuple[Path, str]) -> Iterator[Served]:
    keys = json.dumps([{"name": "shop", "key": KEY, "scopes": ["call"]}])
    running = serve(RINGTALK_API_KEYS=keys, RINGTALK_FRAME_ANCESTORS=site[1])
    yield running
    running.process.terminate()
    assert running.process.wait(60) == 0


def token_of(served: Served, *origins: str) -> str:
    body = json.dumps({"seconds": 60, "origins": origins}).encode()
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    with urlopen(Request(f"{served.url}/tokens", body, headers)) as answer:
        return str(json.load(answer)["data"]["token"])


def opened(browser: Browser, site: tuple[Path, str], name: str, html: str) -> Page:
    """The page of this HTML, which keeps the element's events in `told`."""
    folder, url = site
    head = "<!doctype html><meta charset=utf-8><script>window.told = []</script>"
    (folder / name).write_text(head + html)
    page = browser.new_page(viewport={"width": 600, "height": 600})
    page.goto(f"{url}/{name}")
    return page


def element(served: Served, attributes: str) -> str:
    return f"""
      <script type="module" src="{served.url}/ringtalk.js"></script>
      <ring-talk {attributes}></ring-talk>
      <script>
        window.face = document.querySelector('ring-talk');
        for (const name of ['ringtalk', 'error'])
          face.addEventListener(name, ({{detail}}) => told.push(detail.message ?? detail.status));
      </script>"""


def heard(page: Page, status: str) -> None:
    page.wait_for_function("(status) => told.includes(status)", arg=status, timeout=SECONDS)


def test_a_page_of_another_origin_shows_a_face_that_speaks_and_is_silenced(
    browser: Browser, site: tuple[Path, str], guarded: Served
) -> None:
    token = token_of(guarded, site[1])
    page = opened(
        browser,
        site,
        "talk.html",
        element(guarded, f'avatar="pip" token="{token}" captions autostart'),
    )
    face = page.locator("ring-talk")
    expect(face).to_have_attribute(STATE, "live", timeout=SECONDS)
    page.wait_for_function(
        "() => face.shadowRoot.querySelector('video').videoWidth === 512", timeout=SECONDS
    )
    page.evaluate("face.say('Good morning. This is a long sentence, which nobody hears whole.')")
    expect(face.locator("[part=caption]")).to_contain_text("Good morning", timeout=SECONDS)
    page.evaluate("face.interrupt()")
    assert page.evaluate("face.shadowRoot.querySelector('video').muted"), "silent here at once"
    heard(page, "interrupted")
    page.wait_for_function("() => !face.shadowRoot.querySelector('video').muted", timeout=SECONDS)
    first = page.evaluate("face.sessionid")
    page.evaluate(
        """([url, sessionid, token]) => fetch(url + '/close', {method: 'POST',
             headers: {Authorization: 'Bearer ' + token, 'Content-Type': 'application/json'},
             body: JSON.stringify({sessionid})})""",
        [guarded.url, first, token],
    )
    page.wait_for_function(
        "(first) => face.state === 'live' && face.sessionid !== first", arg=first, timeout=SECONDS
    )
    page.evaluate("face.stop()")
    expect(face).to_have_attribute(STATE, "idle")
    expect(face.get_by_role("button", name="Start")).to_be_visible()
    page.close()


PIXELS = """
() => {
  const canvas = face.shadowRoot.querySelector('canvas');
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
  const video = face.shadowRoot.querySelector('video');
  return new Promise((resolve) => video.requestVideoFrameCallback(() => {
    copy.drawImage(canvas, 0, 0);
    const at = (x, y) => [...copy.getImageData(x, y, 1, 1).data];
    resolve([at(8, 8), at(256, 300), copy.canvas.width, copy.canvas.height]);
  }));
}
"""
"""A corner and the middle of the face, as red, green, blue and alpha."""


def test_a_transparent_face_shows_the_page_behind_it(
    browser: Browser, site: tuple[Path, str], guarded: Served
) -> None:
    token = token_of(guarded, site[1])
    attributes = f'avatar="juno" token="{token}" transparent mark="no" autostart'
    page = opened(browser, site, "clear.html", element(guarded, attributes))
    expect(page.locator("ring-talk")).to_have_attribute(STATE, "live", timeout=SECONDS)
    page.wait_for_function(
        "() => face.shadowRoot.querySelector('canvas').width === 512", timeout=SECONDS
    )
    corner, middle, width, height = page.evaluate(PIXELS)
    assert (width, height) == (512, 512)
    assert corner[3] < 12, "nobody is there"
    assert middle[3] > 245, "her skin is opaque"
    assert middle[0] > 150
    page.close()


@pytest.mark.parametrize("attributes", ["", 'token="made up"'])
def test_without_a_token_it_is_refused_and_says_why(
    browser: Browser, site: tuple[Path, str], guarded: Served, attributes: str
) -> None:
    token_of(guarded, site[1])  # so that the page may ask at all
    page = opened(browser, site, "refused.html", element(guarded, f"autostart {attributes}"))
    face = page.locator("ring-talk")
    expect(face).to_have_attribute(STATE, "failed", timeout=SECONDS)
    expect(face.get_by_role("button", name="Start")).to_be_visible()
    assert re.search("asks for a key|token", page.evaluate("told.at(-1)"))
    page.close()


def test_the_face_alone_fills_a_frame_of_a_page_that_the_setting_names(
    browser: Browser, site: tuple[Path, str], guarded: Served
) -> None:
    token = token_of(guarded)
    source = f"{guarded.url}/?view=face&avatar=juno&start=1&token={token}"
    page = opened(
        browser,
        site,
        "frame.html",
        f'<iframe src="{source}" allow="autoplay; microphone"></iframe>',
    )
    face = page.frame_locator("iframe").get_by_test_id("face")
    expect(face).to_have_attribute(STATE, "live", timeout=SECONDS)
    box, frame = face.bounding_box(), page.locator("iframe").bounding_box()
    assert box is not None and frame is not None
    assert abs(box["width"] - frame["width"]) < 6, "but for the frame's border"
    page.close()
