"""A colour as people write it on the web: `#rrggbb` (CSS Color Module 4, section 5.2).

In: a text; out: the colour as OpenCV orders it. Pure; for every process.
"""

import re
from typing import Final

BLACK: Final = "#000000"
_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}")


def is_colour(text: str) -> bool:
    """Whether the text is a colour."""
    return _HEX.fullmatch(text) is not None


def bgr_of(text: str) -> tuple[int, int, int]:
    """Blue, green and red of `#rrggbb`, 0 to 255 each; ValueError for anything else."""
    if not is_colour(text):
        raise ValueError(f"{text!r} is no colour; allowed: #rrggbb, such as #204060")
    red, green, blue = bytes.fromhex(text[1:])
    return blue, green, red
