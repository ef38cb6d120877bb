"""A file that keeps whole parts only: what FFmpeg writes through, for a film that may break off.

In: bytes. Out: the file. An error sticks: after the first one nothing is written any more, also no
corrections of what is there, and `close` cuts off what came behind the last `mark`. Written and
opened here, not by FFmpeg, because PyAV holds the interpreter's lock while that opens and closes a
file. Runs in a thread of the egress process; owns the descriptor.
"""

import os
from pathlib import Path


class WholeFile:
    """What `av.open` takes for a file: it writes, seeks and tells."""

    def __init__(self, path: Path) -> None:
        """Makes the file, or empties it. Raises OSError."""
        self._file = path.open("wb", buffering=0)
        self._whole = 0
        self._error: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write all of it. Raises OSError; again for every further write."""
        if self._error is not None:
            raise self._error
        left = memoryview(data)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            self._error = error
            raise
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go there; returns the place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The place."""
        return self._file.tell()

    def mark(self) -> None:
        """What is there now is whole."""
        if self._error is None:
            self._whole = self._file.tell()

    def close(self) -> None:
        """Close it, without what is not whole."""
        try:
            if self._error is not None:
                self._file.truncate(self._whole)
        finally:
            self._file.close()
