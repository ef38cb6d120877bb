"""Ten turns of a conversation in a real browser: who was understood, answered, and left alone.

    browser_talk ─┬─ spawns ─▶ ringtalk serve ◀─ HTTP ─ a language model of this process
                  │               ║ WebRTC
                  └─ drives ─▶ Chromium, whose microphone plays a file

In: nothing. Out: what each turn was taken for and how long its answer took, as a table and JSON,
and a picture of the page at its end. The person pauses inside a sentence, thinks, coughs, and talks
over a long answer. Needs Debian's chromium and playwright. Owns the server, the model and the
browser.
"""

import shutil
import tempfile
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from playwright.sync_api import Page, sync_playwright

from data.units import PLAYOUT_RATE
from perf.report import Machine, Report, Spread
from perf.sessions.model_server import local_model
from perf.sessions.talk_script import Line, script, sound_of
from perf.sessions.target import target

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
STORY: Final = "Once upon a time there was a river that ran down to the sea. " * 8
RECORD: Final = """
window.told = [];
document.addEventListener('ringtalk:event', (event) => window.told.push(event.detail));
"""
PLAYING: Final = """
() => new Promise((resolve) => {
  const video = document.querySelector('[data-testid="video"]');
  if (video.videoWidth > 0) resolve();
  else video.addEventListener('resize', () => resolve(), { once: true });
})
"""
OVER: Final = 6.0
"""Seconds behind the last line, for its answer."""


class NoBrowser(Exception):
    """There is no Chromium here."""


def reply(said: str) -> str:
    """A long answer to who wants a story, a short one to everybody else."""
    return STORY if "story" in said.lower() else "Yes, I think so."


@contextmanager
def _browser(microphone: Path) -> Iterator[Page]:
    """A page whose microphone plays the file, once, from when it is opened."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise NoBrowser("Chromium is not installed (Debian: apt-get install chromium)")
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={microphone}%noloop"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield browser.new_page(viewport={"width": 1280, "height": 1000})
        browser.close()


def _talk(url: str, microphone: Path, seconds: float, picture: Path) -> list[dict[str, Any]]:
    """Press Start and Talk, wait until the file is over; the events that the page was told."""
    with _browser(microphone) as page:
        page.goto(url)
        page.evaluate(RECORD)
        page.get_by_test_id("start").click()
        page.evaluate(PLAYING)
        page.get_by_test_id("mic").click()
        page.wait_for_timeout(1000 * seconds)
        page.get_by_test_id("turn-timing").scroll_into_view_if_needed()
        page.screenshot(path=str(picture))
        told: list[dict[str, Any]] = page.evaluate("window.told")
        return told


def _write(path: Path, sound: Any) -> float:
    """The file that Chromium plays; its seconds."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(PLAYOUT_RATE)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return len(sound) / PLAYOUT_RATE


def _tell(report: Report, lines: list[Line], told: list[dict[str, Any]]) -> None:
    finals = [one for one in told if one["status"] == "transcript" and one["final"]]
    words = [one["text"] for one in finals if one["text"]]
    asked = [line for line in lines if line.asks]
    rows: dict[str, dict[str, str | float]] = {}
    timed = {one["turn"]: one for one in told if one["status"] == "turn" and one["turn"]}
    numbers = [one["turn"] for one in finals if one["text"]]
    for n, line in enumerate(asked):
        number = numbers[n] if n < len(numbers) else 0
        rows[f"{n + 1} {line.kind}"] = {
            "said": line.text,
            "understood": words[n] if n < len(words) else "-",
            "answer after, ms": timed[number]["ms"]["total"] if number in timed else "-",
        }
    report.table("Ten turns", rows)
    count = {
        status: sum(one["status"] == status for one in told)
        for status in ("start", "interrupted", "held", "resumed", "error")
    }
    report.table(
        "What happened",
        {
            "of the page": {
                **{name: str(n) for name, n in count.items()},
                "turns with words": str(len(words)),
                "asked": str(len(asked)),
            }
        },
    )
    if timed:
        totals = [one["ms"]["total"] for one in timed.values()]
        report.spreads(
            "Last voice → the answer leaves", "ms", {"in the browser": Spread.of(totals)}
        )
    report.raw["events"] = [{**one} for one in told]


def main(
    output: Annotated[Path, typer.Option(help="where JSON and PNG go, no suffix")],
) -> None:
    """Talk with the face in a real browser."""
    report = Report("A conversation in a browser", Machine.here(("playwright", "ctranslate2")))
    report.begin()
    lines = script()
    with tempfile.TemporaryDirectory() as folder, local_model(reply, 0.1) as model:
        model.word_seconds = 0.02
        microphone = Path(folder) / "person.wav"
        seconds = _write(microphone, sound_of(lines)) + OVER
        settings = {
            "RINGTALK_LLM__URL": model.url,
            "RINGTALK_LLM__MODEL": "local",
            "RINGTALK_ASR__KIND": "auto",
        }
        with target(None, 1, None, settings) as server:
            told = _talk(server.url, microphone, seconds, output.with_suffix(".png"))
    _tell(report, lines, told)
    report.write(output.with_suffix(".json"))


if __name__ == "__main__":
    typer.run(main)
