"""A session is recorded with the button of the page, and the browser plays the film of it."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Served
from tests.e2e.viewer import Viewer

TEXT = "Good morning, and welcome. This is kept, word for word, for somebody who comes later."
PLAY = """
async ({ film, captions, at }) => {
  const video = document.createElement('video');
  const happens = (name) => new Promise((resolve, reject) => {
    video.addEventListener(name, resolve, { once: true });
    video.addEventListener('error', () => reject(new Error(video.error.message)), { once: true });
  });
  video.muted = true;
  const track = document.createElement('track');
  track.kind = 'captions';
  track.src = captions;
  video.append(track);
  track.track.mode = 'hidden';
  const read = new Promise((resolve) => track.addEventListener('load', resolve, { once: true }));
  let next = happens('loadedmetadata');
  video.src = film;
  document.body.append(video);
  await Promise.all([next, read]);
  next = happens('seeked');
  video.currentTime = at;
  await next;
  const found = { seconds: video.duration, sought: video.currentTime, width: video.videoWidth };
  video.playbackRate = 4;
  next = happens('ended');
  await video.play();
  await next;
  found.ended = video.currentTime;
  found.pictures = video.getVideoPlaybackQuality().totalVideoFrames;
  found.sound = video.webkitAudioDecodedByteCount;
  found.captions = [...track.track.cues].map((cue) => cue.text).join(' ');
  return found;
}
"""


@pytest.fixture
def viewer(browser: Browser, served: Served) -> Iterator[Viewer]:
    opened = Viewer(browser, served.url)
    yield opened
    opened.close()


def until(served: Served, session: str, status: str) -> None:
    """Wait for an event of the session, also one that was told before."""
    address = f"{served.url}/sse?sessionid={session}"
    with httpx.stream("GET", address, timeout=60) as events:
        for line in events.iter_lines():
            if f'"status":"{status}"' in line:
                return
    raise AssertionError(f"the session ended before {status!r}")


def test_what_was_seen_can_be_seen_again(viewer: Viewer, served: Served) -> None:
    viewer.start()
    button = viewer.page.get_by_test_id("record")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    row = httpx.get(f"{served.url}/recordings").json()["data"][0]
    session = row["sessionid"]
    until(served, session, "recording")
    viewer.say(TEXT)
    until(served, session, "end")
    with viewer.page.expect_download() as downloaded:
        button.click()
    row = httpx.get(f"{served.url}/recordings").json()["data"][0]
    assert row["state"] == "done"
    assert downloaded.value.suggested_filename == f"{row['id']}.mp4"
    assert downloaded.value.path().stat().st_size == row["bytes"]
    expect(button).to_have_attribute("aria-pressed", "false")
    film = f"/recordings/{row['id']}"
    for address in (film, f"/record/{session}"):
        where = {"film": address, "captions": f"{film}/captions", "at": row["seconds"] / 2}
        seen = viewer.page.evaluate(PLAY, where)
        assert seen["seconds"] == pytest.approx(row["seconds"], abs=0.2)
        assert seen["sought"] == pytest.approx(row["seconds"] / 2, abs=0.1)
        assert seen["ended"] == pytest.approx(seen["seconds"], abs=0.1)
        assert seen["width"] == 512
        assert seen["pictures"] > 10
        assert seen["sound"] > 0
        assert " ".join(seen["captions"].split()) == TEXT
