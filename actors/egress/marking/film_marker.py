"""Films that are whole are marked: the IPTC's term and China's label, and content credentials.

In: a whole file. Out: the file, marked in a process of its own (`actors.egress.marking`). Called in
a thread of the egress process, which waits for it; owns that process.
"""

import logging
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

logger = logging.getLogger(__name__)

FOLDER: Final = "credentials"
"""In `cache_dir`: the certificate that was made here."""
KINDS: Final = frozenset({".mp4", ".webp"})
"""C2PA has no place in WebM."""
SECONDS: Final = 300.0
"""A gigabyte takes some ten: all of it is hashed, and copied once."""


@dataclass(frozen=True, slots=True)
class FilmMarker:
    """folder: for the certificate that is made here. certificate, key: paths, empty for none."""

    folder: Path
    certificate: str = ""
    key: str = ""

    def mark(self, path: Path, title: str) -> None:
        """Mark the film. One that cannot be is kept as it is, which the log says: its owner has to
        know, and its viewers are better served by a film."""
        if path.suffix not in KINDS:
            return
        own = ["--certificate", self.certificate, "--key", self.key] if self.certificate else []
        command = [sys.executable, "-m", "actors.egress.marking", str(path), "--title", title]
        try:
            done = subprocess.run(
                [*command, "--folder", str(self.folder), *own],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                timeout=SECONDS,
                check=False,
            )
            why = done.stderr.strip().splitlines()[-1:] if done.returncode else []
        except (OSError, subprocess.TimeoutExpired) as error:
            why = [str(error)]
        if why:
            logger.error("a film is not marked as made by a machine: %s", why[0])
