"""A person in a real browser: presses, and what arrives over WebRTC.

What is heard comes from the receiver's own statistics (W3C webrtc-stats), what is
seen from the video element's pixels; nothing is asked of the page's own figures.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page, expect

RECORD_CONNECTIONS = """
const Native = window.RTCPeerConnection;
window.connections = [];
window.RTCPeerConnection = class extends Native {
  constructor(...given) { super(...given); window.connections.push(this); }
};
"""

STATISTICS = """
async () => {
  const late = performance.now() + 60000;
  for (;;) {
    const report = await window.connections.at(-1).getStats();
    const found = {};
    for (const entry of report.values())
      if (entry.type === 'inbound-rtp') found[entry.kind] = {...entry};
    if (found.audio && found.video) return found;
    if (performance.now() > late) throw new Error('no sound or no picture in 60 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
"""
"""A stream has no entry before its first packet."""

WATCH = """
(seconds) => new Promise((resolve) => {
  const video = document.querySelector('[data-testid="video"]');
  const canvas = new OffscreenCanvas(512, 512);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const openings = [], end = performance.now() + seconds * 1000;
  const look = () => {
    context.drawImage(video, 0, 0, 512, 512);
    const lips = context.getImageData(204, 288, 104, 52).data;
    let dark = 0;
    for (let at = 0; at < lips.length; at += 4)
      if (lips[at] + lips[at + 1] + lips[at + 2] < 200) dark += 1;
    openings.push(dark / (lips.length / 4));
    if (performance.now() < end) video.requestVideoFrameCallback(look);
    else resolve(openings);
  };
  video.requestVideoFrameCallback(look);
})
"""

STAMPS = """
(count) => new Promise((resolve) => {
  const video = document.querySelector('[data-testid="video"]');
  const stamps = [];
  const shown = (now, picture) => {
    stamps.push(picture.rtpTimestamp);
    if (stamps.length < count) video.requestVideoFrameCallback(shown);
    else resolve(stamps);
  };
  video.requestVideoFrameCallback(shown);
})
"""
"""The times of pictures, in the ticks of their RTP clock, as they are shown."""

PLAYING = """
() => new Promise((resolve) => {
  const video = document.querySelector('[data-testid="video"]');
  if (video.videoWidth > 0) resolve();
  else video.addEventListener('resize', () => resolve(), { once: true });
})
"""

LOUD = """
() => new Promise((resolve, reject) => {
  const late = performance.now() + 60000;
  const look = async () => {
    const report = await window.connections.at(-1).getStats();
    const sound = [...report.values()].find((e) => e.type === 'inbound-rtp' && e.kind === 'audio');
    if (sound.audioLevel > 0.02) resolve();
    else if (performance.now() > late) reject(new Error('nothing was heard in 60 s'));
    else setTimeout(look, 20);
  };
  look();
})
"""


@dataclass
class Heard:
    """Sound received between two looks: energy and seconds, as webrtc-stats defines them."""

    energy: float
    seconds: float

    @property
    def level(self) -> float:
        """RMS level, 1.0 at full scale."""
        return float((self.energy / self.seconds) ** 0.5) if self.seconds else 0.0


class Viewer:
    """One page, from the first press to the last."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.page: Page = browser.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.add_init_script(RECORD_CONNECTIONS)
        self.page.goto(url)

    def press(self, testid: str) -> None:
        self.page.get_by_test_id(testid).click()

    def start(self) -> None:
        """Press start and wait until pictures play."""
        self.press("start")
        self.expect_state("live")
        self.page.evaluate(PLAYING)

    def say(self, text: str) -> None:
        self.page.get_by_test_id("text").fill(text)
        self.press("speak")

    def expect_state(self, state: str) -> None:
        expect(self.page.get_by_test_id("state")).to_have_attribute(
            "data-state", state, timeout=60_000
        )

    def statistics(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.page.evaluate(STATISTICS)
        return found

    def listen(self, meanwhile: Callable[[], object]) -> Heard:
        """What was heard while `meanwhile` ran."""
        before = self.statistics()["audio"]
        meanwhile()
        after = self.statistics()["audio"]
        return Heard(
            after["totalAudioEnergy"] - before["totalAudioEnergy"],
            after["totalSamplesDuration"] - before["totalSamplesDuration"],
        )

    def watch(self, seconds: float) -> list[float]:
        """How open the mouth is in each picture that is shown: the dark part of its region."""
        openings: list[float] = self.page.evaluate(WATCH, seconds)
        return openings

    def stamps(self, pictures: int) -> list[int]:
        """The RTP timestamps (90 kHz) of so many pictures that are shown from now on."""
        stamps: list[int] = self.page.evaluate(STAMPS, pictures)
        return stamps

    def wait_until_heard(self) -> None:
        """Return when the receiver plays something loud."""
        self.page.evaluate(LOUD)

    def close(self) -> None:
        self.page.close()
        assert not self.problems
