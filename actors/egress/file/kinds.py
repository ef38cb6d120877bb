"""Which files a recording can be, by the ending of their name. Types only: owns nothing."""

from pathlib import Path
from typing import Final, Literal

FileKind = Literal[".mp4", ".webp"]
"""A film with sound (ISO/IEC 14496-14), or an animation without (RFC 9649)."""
KINDS: Final[tuple[FileKind, ...]] = (".mp4", ".webp")


def kind_of(path: Path) -> FileKind:
    """Raises ValueError, naming those that there are, for another ending."""
    ending = path.suffix.lower()
    for kind in KINDS:
        if kind == ending:
            return kind
    has = f"ends in {path.suffix!r}" if path.suffix else "has no ending"
    raise ValueError(f"{path.name!r} {has}; allowed are {' and '.join(KINDS)}")
