"""What a session's ticks go into: a peer on the network, or a file.

Runs in the egress process. A type only; owns nothing.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from actors.egress.packet_tap import PacketTaps
from runtime.idle_place import NOT_IDLE

Sound = NDArray[np.int16]
"""[PLAYOUT_TICK] one tick of mono 48 kHz sound."""

Picture = NDArray[np.uint8]
"""[H * 3 // 2, W] one I420 picture: the Y rows, then the U plane, then the V plane."""


class Sink(Protocol):
    """Takes ticks in the order of their numbers."""

    @property
    def taps(self) -> PacketTaps | None:
        """Where its coded packets may be had; None if it makes none to be had."""
        ...

    def play(
        self, tick: int, sound: Sound, picture: Picture, repeat: bool, idle: int = NOT_IDLE
    ) -> None:
        """Take one tick; never blocks.

        The arrays are only valid during the call. `repeat` says that the picture
        equals the last one, `idle` which picture of its avatar's idle loop it is. Raises ValueError
        when `tick` is not after the last one.
        """
        ...

    async def ready(self) -> None:
        """Return when the next tick may come: at once for a peer, at its pace for a file."""
        ...

    def hush(self) -> None:
        """An interrupt: sound that waits is not heard, pictures that wait are not shown."""
        ...

    async def close(self) -> None:
        """End, and free everything; may be called again."""
        ...
