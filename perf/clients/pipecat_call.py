"""A Pipecat agent with a face, in a real browser: how soon it is silent, how well lips keep time.

    pipecat_call ─┬─ spawns ─▶ ringtalk serve ◀─ /ws, ticks ─ the example agent
                  │                                              ║ WebRTC (SmallWebRTC)
                  └─ drives ─▶ Chromium ◀════════════════════════╝

In: nothing. Out: a table and JSON. Each trial has a text said, waits until it is heard, interrupts,
and looks when the ear heard the last of it and when the mouth last stood open; how far the mouth
is from the sound at each onset is plotted against the time, for a drift. `python -m
perf.clients.pipecat_call --help`. Needs `make .venv-pipecat/ready` and Debian's chromium. Owns the
server, the agent and the browser.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from playwright.sync_api import Page, sync_playwright

from perf.report import Machine, Report, Spread
from perf.sessions.browser_talk import FLAGS, NoBrowser
from perf.sessions.target import target

ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = ROOT / "clients/pipecat/example"
PYTHON: Final = ROOT / ".venv-pipecat/bin/python"
TEXT: Final = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen."
WATCH: Final = Path(__file__).with_name("pipecat_page.js")
TRIAL: Final = """
async ([text, after]) => {
  const post = (path, body) => fetch(path, { method: 'POST', body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' } });
  const began = performance.now();
  await post('/say', { text });
  const loud = await watch.until('loud', began, 8000);
  const open = await watch.until('open', began, 8000);
  await new Promise((resolve) => setTimeout(resolve, after));
  const cut = performance.now();
  await post('/interrupt', {});
  await new Promise((resolve) => setTimeout(resolve, 1200));
  return { at: began, sound: loud - began, mouth: open - began, lead: open - loud,
    ear: watch.loud - cut, still: watch.open - cut };
}
"""
CONNECT_MS: Final = 20_000


@contextmanager
def agent(face: str) -> Iterator[str]:
    """The example agent, while the block lasts; its page."""
    command = [str(PYTHON), "agent.py", "--face", face, "--port", "0"]
    with subprocess.Popen(
        command, cwd=EXAMPLE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


@contextmanager
def browser() -> Iterator[Page]:
    """A page that hears, and whose microphone is silent."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise NoBrowser("Chromium is not installed (Debian: apt-get install chromium)")
    flags = [flag for flag in FLAGS if "fake" not in flag and flag != "--mute-audio"]
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield found.new_page()
        found.close()


def trials(page: Page, count: int, seed: int) -> list[dict[str, float]]:
    """One after another, each interrupted at another moment."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, float]] = []
    for _ in range(count):
        row: dict[str, Any] = page.evaluate(TRIAL, [TEXT, float(rng.uniform(500, 1300))])
        if all(value is not None and np.isfinite(value) for value in row.values()):
            rows.append(row)
    return rows


def drift(rows: list[dict[str, float]]) -> float:
    """Milliseconds a minute by which mouth and sound part: the slope of `lead`."""
    minutes = np.array([row["at"] for row in rows]) / 60_000
    return float(np.polyfit(minutes, np.array([row["lead"] for row in rows]), 1)[0])


def main(
    count: Annotated[int, typer.Option("--trials", min=4)] = 20,
    seed: int = 1,
    json: Annotated[Path | None, typer.Option(help="also write the figures here")] = None,
    picture: Annotated[Path | None, typer.Option(help="a picture of the page")] = None,
) -> None:
    """Measure it."""
    machine = Machine.here(("aiortc", "playwright"))
    with target(None, 2) as served, agent(served.url) as shown, browser() as page:
        page.goto(shown)
        page.click("#talk")
        seen = "document.querySelector('#face').videoWidth > 0"
        page.wait_for_function(seen, timeout=CONNECT_MS)
        page.evaluate(WATCH.read_text())
        trials(page, 1, seed)
        rows = trials(page, count, seed)
        if picture is not None:
            page.screenshot(path=picture)
    report = Report("a Pipecat agent with a face, in Chromium", machine)
    report.begin()
    spreads = {name: Spread.of(row[what] for row in rows) for name, what in NAMES.items()}
    report.spreads("milliseconds", "ms", spreads)
    figures: dict[str, str | float] = {
        "trials": str(len(rows)),
        "of": str(count),
        "minutes": (rows[-1]["at"] - rows[0]["at"]) / 60_000,
        "ms a minute": drift(rows),
    }
    report.table("mouth against sound, over the run", {"drift": figures})
    if json is not None:
        report.write(json)


NAMES: Final = {
    "interrupt → the ear hears the last of it": "ear",
    "interrupt → mouth shut": "still",
    "text → first sound at the ear": "sound",
    "text → first open mouth": "mouth",
    "sound → mouth": "lead",
}


if __name__ == "__main__":
    typer.run(main)
