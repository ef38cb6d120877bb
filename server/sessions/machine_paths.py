"""What clients are told names no folder of this machine.

In: texts for clients, which may repeat what a library said of a file. Out: the same, with `…` for
the folders that this program knows: what lies below them stays, for it says what was wrong. The
whole text is in the log. Pure; runs in the supervisor's process; owns nothing.
"""

import re
import sys
import tempfile
from pathlib import Path
from typing import Final

_SOURCES: Final = Path(__file__).parents[2]
HIDDEN: Final = "…"


class MachinePaths:
    """The folders of one service."""

    def __init__(self, *given: Path) -> None:
        """given: the folders that the settings name."""
        named = [way for path in given for way in (path, path.absolute(), path.resolve())]
        known = (*named, _SOURCES, Path.cwd(), Path.home())
        others = (Path(sys.prefix), Path(sys.base_prefix), Path(tempfile.gettempdir()))
        kernel = (Path("/dev/shm"), Path("/proc"), Path("/sys"))
        roots = {str(path) for path in (*known, *others, *kernel) if len(path.parts) > 1}
        longest = sorted(roots, key=len, reverse=True)
        self._roots = re.compile(rf"(?<![\w./-])(?:{'|'.join(map(re.escape, longest))})(?![\w.-])")

    def hidden(self, text: str) -> str:
        """`text` without them."""
        return self._roots.sub(HIDDEN, text)
