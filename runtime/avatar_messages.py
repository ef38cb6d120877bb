"""What the supervisor and the process that makes an avatar tell each other, a line of JSON each.

The order goes down its standard input, whose end means that the avatar is no longer wanted; the
others come up its standard output. Owns nothing.
"""

from typing import Final

import msgspec


class MakeAvatar(msgspec.Struct, frozen=True):
    """Make an avatar of the file `source` into the folder `target`, which is not there yet.

    engine: the face engine. steady: whether its boxes are smoothed over time. cache: the setting
    `cache_dir`, where weights are looked for. background: of a photo, `#rrggbb`, "" for its own.
    face: of several, from the left, 0 for the only one."""

    name: str
    engine: str
    source: str
    target: str
    cache: str
    steady: bool = True
    background: str = ""
    face: int = 0


class AvatarProgress(msgspec.Struct, frozen=True, tag="progress"):
    """step: of `data.making.progress.MakingStep`. percent: 0 to 100, never falling."""

    step: str
    percent: int


class AvatarMade(msgspec.Struct, frozen=True, tag="made"):
    """It is there. figures: how good it is, for people."""

    figures: str


class AvatarRefused(msgspec.Struct, frozen=True, tag="refused"):
    """It cannot be made; why, for people."""

    why: str


AvatarLine = AvatarProgress | AvatarMade | AvatarRefused
ORDERS: Final = msgspec.json.Decoder(MakeAvatar)
LINES: Final = msgspec.json.Decoder(AvatarLine)
"""Of what comes up; msgspec.DecodeError for what is no such line."""
