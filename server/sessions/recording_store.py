"""The folder of the recordings: films, captions, and what is known of each.

In: rows, from who has them made; and time. Out: the same rows again, after a restart too; files to
hand out. `ID.mp4` or `ID.webm` is the film and `ID.vtt` its captions, both written by egress, and
`ID.json` the row. What is beyond the limits is removed, the oldest first, never what is being
made. Its methods read and write the disk: they run in a thread of the supervisor's process, one at
a time. Owns the folder.
"""

import re
import secrets
import time
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from data.recording_limits import RecordingLimits
from data.staging import staged_file
from data.storage import CannotStore
from runtime.errors import StorageFailed, UnknownRecording

MEGABYTE: Final = 1_000_000
DAY: Final = 86_400
RANDOM_BYTES: Final = 8
ID: Final = re.compile(rf"[0-9]{{8}}-[0-9]{{6}}-[0-9a-f]{{{2 * RANDOM_BYTES}}}")
FILMS: Final = (".mp4", ".webm")
CAPTIONS: Final = ".vtt"
_ROW: Final = ".json"


class RecordingRow(msgspec.Struct):
    """One recording. begun: seconds since 1970. state: waiting (for the first picture), recording,
    done, failed (it broke off; what was written plays) or cut (its process died; so does that).
    kind: mp4 or webm, "" before the first picture. bytes: of the film, as it is now."""

    id: str
    sessionid: str
    avatar: str
    begun: float
    state: str = "waiting"
    kind: str = ""
    seconds: float = 0.0
    detail: str = ""
    bytes: int = 0


def new_recording_id(now: float) -> str:
    """When it began, for people who look into the folder, and what cannot be guessed."""
    when = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
    return f"{when}-{secrets.token_hex(RANDOM_BYTES)}"


class RecordingStore:
    """made: ids of what is being made; it is neither removed nor handed out."""

    def __init__(self, folder: Path, limits: RecordingLimits) -> None:
        self._folder = folder.absolute()
        self._limits = limits

    def stem(self, recording: str) -> Path:
        """Where its files lie, without their endings."""
        return self._folder / recording

    def save(self, row: RecordingRow) -> None:
        """Keep what is known, with the film's size as it is now. Raises StorageFailed."""
        film = self._film(row.id)
        row.bytes = film.stat().st_size if film else 0
        try:
            with staged_file(self._file(row.id, _ROW)) as part:
                part.write_bytes(msgspec.json.encode(row))
        except CannotStore as error:
            raise StorageFailed(str(error)) from error

    def all(self) -> list[RecordingRow]:
        """Every recording, the newest first, as its files are now."""
        rows = [self._read(path) for path in self._folder.glob(f"*{_ROW}")]
        return sorted((row for row in rows if row), key=lambda row: row.begun, reverse=True)

    def row(self, recording: str) -> RecordingRow:
        """Raises UnknownRecording."""
        row = self._read(self._file(recording, _ROW)) if ID.fullmatch(recording) else None
        if row is None:
            raise UnknownRecording(
                f"no recording has the id {recording[:80]!r} (any more); GET /recordings lists "
                "those that there are"
            )
        return row

    def film(self, row: RecordingRow) -> Path:
        """Raises UnknownRecording where it has none."""
        film = self._film(row.id)
        if film is None:
            raise UnknownRecording(f"recording {row.id!r} has no film: {row.detail or row.state}")
        return film

    def captions(self, row: RecordingRow) -> Path:
        """Raises UnknownRecording where it has none."""
        path = self._file(row.id, CAPTIONS)
        if not path.is_file():
            raise UnknownRecording(f"recording {row.id!r} has no captions")
        return path

    def remove(self, recording: str) -> None:
        """Remove all of it; its row last, so that it is known as long as there is something."""
        for ending in (*FILMS, CAPTIONS, _ROW):
            self._file(recording, ending).unlink(missing_ok=True)

    def tidy(self, made: Collection[str]) -> bool:
        """Remove what is beyond the limits. False: what is left, and being made, is too large."""
        oldest = [row for row in reversed(self.all()) if row.id not in made]
        count = len(oldest) + len(made)
        size = sum(row.bytes for row in oldest)
        size += sum(film.stat().st_size for one in made if (film := self._film(one)))
        too_old = time.time() - self._limits.max_days * DAY
        most = self._limits.total_mb * MEGABYTE
        for row in oldest:
            if row.begun > too_old and count <= self._limits.max_count and size <= most:
                break
            with suppress(OSError):  # a folder that is read only keeps what it has
                self.remove(row.id)
            count, size = count - 1, size - row.bytes
        return size <= most

    def next_expiry(self) -> float | None:
        """Seconds until the oldest has been kept long enough; None where there is none."""
        rows = self.all()
        if not rows:
            return None
        return max(0.0, rows[-1].begun + self._limits.max_days * DAY - time.time())

    def _read(self, path: Path) -> RecordingRow | None:
        """None for what is not there, or no row: then nothing is known of it."""
        try:
            row = msgspec.json.decode(path.read_bytes(), type=RecordingRow)
        except (OSError, msgspec.MsgspecError):
            return None
        film = self._film(row.id)
        row.bytes = film.stat().st_size if film else 0
        return row if row.id == path.stem else None

    def _film(self, recording: str) -> Path | None:
        found = (self._file(recording, ending) for ending in FILMS)
        return next((path for path in found if path.is_file()), None)

    def _file(self, recording: str, ending: str) -> Path:
        return self._folder / f"{recording}{ending}"
