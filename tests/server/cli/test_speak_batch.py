"""`ringtalk speak --batch`: many films with one start of the actors, and on from where it was."""

import asyncio
from pathlib import Path

import av
import pytest
import uvloop

from runtime.errors import NotReady
from server.cli import batch
from server.cli.batch import NOTE, BatchFailure, BatchWatcher, make_batch, unfinished
from server.cli.speak import FilmOrder, Progress
from tests.server.real_service import PATIENCE, SENTENCE, cache_with, settings


class Watched:
    """What a batch tells."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[tuple[str, str]] = []
        self.ticks = 0

    def watcher(self) -> BatchWatcher:
        return BatchWatcher(
            lambda clip: self.begun.append(clip.output.name),
            self._tick,
            lambda clip, why: self.ended.append((clip.output.name, why)),
        )

    def _tick(self, done: int, total: int | None) -> None:
        self.ticks += 1


def test_a_batch_is_made_and_goes_on_where_it_was(tmp_path: Path) -> None:
    given = settings(cache_with(tmp_path / "cache"), drain_seconds=0)
    out = tmp_path / "out"
    out.mkdir()
    clips = [
        FilmOrder(SENTENCE, out / "a.mp4", subtitles=True),
        FilmOrder("...", out / "b.mp4", subtitles=True),
        FilmOrder("Bye.", out / "c.mp4", "#204060", "tomas", subtitles=True),
    ]

    async def within(todo: list[FilmOrder], watched: Watched) -> list[BatchFailure]:
        async with asyncio.timeout(PATIENCE):
            return await make_batch(given, todo, out, watched.watcher())

    watched = Watched()
    failed = uvloop.run(within(unfinished(clips, out, given), watched))
    assert [one.clip.output.name for one in failed] == ["b.mp4"]
    assert watched.begun == ["a.mp4", "b.mp4", "c.mp4"]
    assert [(name, bool(why)) for name, why in watched.ended] == [
        ("a.mp4", False),
        ("b.mp4", True),
        ("c.mp4", False),
    ]
    assert watched.ticks > 1
    names = {path.name for path in out.iterdir()}
    assert names == {NOTE} | {f"{n}.{e}" for n in "ac" for e in ("mp4", "vtt", "srt")}
    vtt = (out / "a.vtt").read_text()
    assert SENTENCE in vtt.replace("\n", " ")
    begin = vtt.split(" --> ")[0].rpartition("\n")[2]
    assert "00:00:00.000" <= begin < "00:00:00.600"
    assert (out / "c.srt").read_text().startswith("1\n00:00:00,")
    with av.open(str(out / "c.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) > 10

    assert [clip.output.name for clip in unfinished(clips, out, given)] == ["b.mp4"]
    changed = [*clips[:2], FilmOrder("Good bye.", out / "c.mp4", "#204060", "tomas")]
    (out / "a.mp4").unlink()
    again = unfinished(changed, out, given)
    assert [clip.output.name for clip in again] == ["a.mp4", "b.mp4", "c.mp4"]
    other = given.model_copy(update={"voice": "espeak"})
    assert len(unfinished(clips, out, other)) == 3


class Dying:
    """A service that loses a process over the first clips."""

    def __init__(self, deaths: int) -> None:
        self.deaths = deaths
        self.waited = 0

    async def __aenter__(self) -> "Dying":
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    async def make(self, clip: FilmOrder, progress: Progress) -> None:
        if self.deaths:
            self.deaths -= 1
            raise NotReady("face died in the middle of the recording")
        clip.output.write_bytes(b"film")

    async def all_there(self) -> None:
        self.waited += 1


@pytest.mark.parametrize(("deaths", "failures"), [(0, 0), (1, 0), (2, 1)])
def test_a_clip_over_which_a_process_died_is_made_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaths: int, failures: int
) -> None:
    service = Dying(deaths)
    monkeypatch.setattr(batch, "speaking", lambda _: service)
    clips = [FilmOrder("One.", tmp_path / "a.mp4"), FilmOrder("Two.", tmp_path / "b.mp4")]
    given = settings(tmp_path)
    failed = uvloop.run(make_batch(given, clips, tmp_path, Watched().watcher()))
    assert len(failed) == failures
    assert service.waited == min(deaths, 1)
    assert len(unfinished(clips, tmp_path, given)) == failures


def test_a_note_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    (tmp_path / NOTE).write_text("{")
    (tmp_path / "a.mp4").write_bytes(b"film")
    clips = [FilmOrder("One.", tmp_path / "a.mp4")]
    assert unfinished(clips, tmp_path, settings(tmp_path)) == clips
