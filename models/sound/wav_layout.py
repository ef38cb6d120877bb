"""What a WAV's header says, and when what it says of its length is believed.

In: a header's bytes. Out: plain values. Pure; owns nothing. Source: IBM/Microsoft RIFF;
`WAVE_FORMAT_EXTENSIBLE`.
"""

import re
import struct
from typing import Final

UNTOLD_BYTES: Final = 1_000_000_000
"""Writers that do not know the length yet claim 0, or a placeholder: 2,000,000,000, 0x7FFFF000,
0xFFFFFFFF. A claim of so much, hours of sound, that is not there is one of these."""
START: Final = re.compile(rb"(?:RIFF|RF64).{4}WAVE", re.DOTALL)
"""Where a WAV begins, also behind another one."""
START_BYTES: Final = 12
CHUNK_HEAD: Final = 8


def chunk_head(data: bytes | bytearray, at: int = 0) -> tuple[bytes, int]:
    """A chunk's name, and its length as claimed."""
    name, length = struct.unpack_from("<4sI", data, at)
    return name, length


def untold(claimed: int, there: int | None = None) -> bool:
    """Whether a claimed length of sound is none; `there`: the bytes that there are, if known."""
    if claimed == 0:
        return there != 0
    return claimed >= UNTOLD_BYTES and (there is None or claimed > there)
