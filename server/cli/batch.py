"""Many clips into a folder, with one start of the models; what is finished is not made again.

In: clips to make. Out: their files, subtitles beside them, and what could not be made. A note in
the folder says of what each finished file was made, so that a row that was changed is made anew,
and one that was not is skipped. Runs in the command line's process; owns the note.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from data.marking import USUAL_MARK
from data.staging import staged_file
from runtime.errors import NotReady, RingtalkError
from runtime.process_life import START_SECONDS
from runtime.settings import Settings
from server.cli.speak import FilmOrder, Progress, SpeakingService, speaking

NOTE: Final = ".ringtalk-batch.json"
_DIGEST_BYTES: Final = 16
Begins = Callable[[FilmOrder], None]
Ends = Callable[[FilmOrder, str], None]


class BatchFailure(NamedTuple):
    """A clip that was not made, and why."""

    clip: FilmOrder
    why: str


@dataclass(frozen=True)
class BatchWatcher:
    """Who is told: as a clip begins, of its ticks, and as it ends, with what went wrong or ""."""

    begins: Begins
    progress: Progress
    ends: Ends


class BatchNote:
    """Of what the finished files of a folder were made, by their names."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NOTE
        try:
            self._made = msgspec.json.decode(self._path.read_bytes(), type=dict[str, str])
        except (OSError, msgspec.MsgspecError):
            self._made = {}

    def is_finished(self, clip: FilmOrder, settings: Settings) -> bool:
        """Whether its file is there, and was made of the same."""
        digest = self._made.get(clip.output.name)
        return clip.output.is_file() and digest == _digest(clip, settings)

    def finished(self, clip: FilmOrder, settings: Settings) -> None:
        """It is made. Raises CannotStore."""
        self._made[clip.output.name] = _digest(clip, settings)
        with staged_file(self._path) as part:
            part.write_bytes(msgspec.json.encode(self._made))


def unfinished(clips: Sequence[FilmOrder], folder: Path, settings: Settings) -> list[FilmOrder]:
    """Those that are to be made."""
    note = BatchNote(folder)
    return [clip for clip in clips if not note.is_finished(clip, settings)]


async def make_batch(
    settings: Settings, clips: Sequence[FilmOrder], folder: Path, watcher: BatchWatcher
) -> list[BatchFailure]:
    """Make them one after the other; those that could not be."""
    note = BatchNote(folder)
    failed: list[BatchFailure] = []
    async with speaking(settings) as service:
        for clip in clips:
            watcher.begins(clip)
            try:
                await _made(service, clip, watcher.progress)
                await asyncio.to_thread(note.finished, clip, settings)
            except (RingtalkError, OSError) as error:
                failed.append(BatchFailure(clip, str(error)))
                watcher.ends(clip, str(error))
            else:
                watcher.ends(clip, "")
    return failed


async def _made(service: SpeakingService, clip: FilmOrder, progress: Progress) -> None:
    """Make a clip; one over which a process died once more, when that is back."""
    try:
        await service.make(clip, progress)
    except NotReady:
        async with asyncio.timeout(START_SECONDS):
            await service.all_there()
        await service.make(clip, progress)


def _digest(clip: FilmOrder, settings: Settings) -> str:
    """Of all that makes a clip what it is; of a sound or a picture its file's time and size."""
    who = (settings.avatar, settings.voice, settings.marking.mark(USUAL_MARK))
    files = [
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for path in (clip.words, clip.background)
        if isinstance(path, Path) and path.is_file()
    ]
    same = replace(clip, output=Path(clip.output.name))
    known = msgspec.json.encode([same, who, files], enc_hook=str)
    return blake2b(known, digest_size=_DIGEST_BYTES).hexdigest()
