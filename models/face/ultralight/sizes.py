"""The shapes of Ultralight's network, for who needs them without torch."""

from typing import Final

NAME: Final = "ultralight"
SIDE: Final = 160
"""Of a face, in pixels."""
SOUND: Final = (16, 32, 32)
"""One tick's sixteen rows of 1024, as the network takes them."""
WIDTHS: Final = (32, 64, 128, 256, 512)
"""Channels of the five levels, as published."""
LEVELS: Final = ("first", "second", "third", "fourth", "fifth")
"""Of what the way down sees, the whole size first."""
