"""How many bits a second the pictures of one session may take, and the sound beside them.

In: what the client says about the way to it. Out: the pictures' bitrate, how many of them are
shown, and how the sound is coded. Runs in the egress process's event loop. Pure arithmetic; owns
nothing.

Four things tell of a narrow way. The first picture, by the time that it took (`first_burst`). REMB
(draft-alvestrand-rmcat-remb) is the receiver's own estimate. A receiver report (RFC 3550 section
6.4) says which part was lost, and how long the way is; it is read as in draft-ietf-rmcat-gcc
section 6, but a loss without a queue is taken for the air's, which fewer bits would not mend. And a
NACK comes before either. On a wide way an estimate alone is not believed: a client whose processor
is busy takes its own lateness for the way's. Transport-wide feedback (TWCC) is not asked for: a
client that can send it sends REMB without it.
"""

from collections import deque
from dataclasses import replace
from typing import Final

from actors.egress.webrtc.h264 import NARROW
from actors.egress.webrtc.sound_rate import REDUCED, SoundRate, rate_beside
from data.units import TICKS_PER_SECOND

FIRST_DOUBT: Final = 0.7
"""A first estimate below this part of what is sent is believed."""
WIDE_AGAIN: Final = 400_000
"""Bit/s above which pictures that gave way (below NARROW) do so no longer."""
PICTURE_BITS: Final = 10_000
"""Of one picture on a narrow way: what one of 25 has at 250 kbit/s, and it still shows a face."""
STRIDE_MAX: Final = TICKS_PER_SECOND // 2
"""Ticks between two pictures at most: two a second."""
CALM_LOSS: Final = 0.02
CORRECTED_LOSS: Final = 0.03
CALM_REPORTS: Final = 10
"""Sound of which this part is lost carries its own correction, until so many reports are calm."""
HEAVY_LOSS: Final = 0.1
BLIND_LOSS: Final = 0.3
"""Parts of the packets: below the first the way has room; above the second with a queue, or the
third without one, it has not."""
DOUBTED_SECONDS: Final = 0.05
"""A round trip longer than the shortest by this bears out an estimate, as a loss does."""
QUEUE_SECONDS: Final = 0.15
"""A round trip longer than the shortest by this is a queue that fills."""
STEP_UP: Final = 1.08
"""A second, without REMB: the pace at which Chromium lets its estimate grow."""
STEP_NEAR: Final = 1.01
"""The same near the rate at which it was too much before: half a minute for the last tenth."""
STEP_DOWN: Final = 0.85
BURST_PART: Final = 0.85
"""Of the rate at which the first picture came through: the queue that it made has to go away."""
INSTANT: Final = 0.001
"""Seconds below which a time means nothing."""
DISTANCE_MOST: Final = 0.3
"""Seconds that the longest way takes without a queue, there and back: around half the world."""
JUDGED_PACKETS: Final = 30
"""Packets that are sent before a NACK says something about all."""
MOST_MISSING: Final = 0.5
"""Of them, with those that are asked for twice."""
PAYLOAD: Final = 1200
"""Bytes of a full packet."""


class BitrateTarget:
    """Follows what the receiver says between two bounds."""

    def __init__(self, start: int, low: int, high: int) -> None:
        """Bit/s, with low <= start <= high."""
        self._start = self._target = start
        self._low = low
        self._high = high
        self._last: int | None = None
        self._unconfirmed: int | None = None
        self._sizes: deque[int] = deque(maxlen=TICKS_PER_SECOND)
        self._shortest = DISTANCE_MOST
        self._judged = self._missing = 0
        self._queue = 0.0
        self._lost: float | None = None
        self._loses = False
        self._corrects, self._calm = False, 0
        self._ceiling: float = high
        self._narrow = start < NARROW
        self._sound = rate_beside(start, None)

    @property
    def target(self) -> int:
        """Bit/s that the pictures may take."""
        return self._target

    @property
    def whole(self) -> bool:
        """Whether the way takes all that the settings ask for."""
        return self._target >= self._start

    @property
    def narrow(self) -> bool:
        """Whether pictures give way to the sound."""
        return self._narrow

    @property
    def stride(self) -> int:
        """Ticks from one picture to the next; 1 where there is room for all."""
        if not self.narrow:
            return 1
        return min(STRIDE_MAX, max(1, round(TICKS_PER_SECOND * PICTURE_BITS / self._target)))

    @property
    def encoding(self) -> int:
        """Bit/s that an encoder shall aim at which takes every picture for one of 25 a second."""
        return min(NARROW - 1, self._target * self.stride) if self.narrow else self._target

    @property
    def sound(self) -> SoundRate:
        """How the sound is coded beside such pictures."""
        return replace(self._sound, corrects=self._corrects)

    @property
    def sending(self) -> int:
        """Bit/s of the last second's pictures."""
        if not self._sizes:
            return 0
        return sum(self._sizes) * 8 * TICKS_PER_SECOND // (len(self._sizes) * self.stride)

    def sent(self, size: int) -> None:
        """Count a coded picture of `size` bytes."""
        self._sizes.append(size)
        self._judged += -(-size // PAYLOAD)

    def estimate(self, bitrate: int) -> None:
        """Take a receiver's estimate in bit/s.

        A receiver only knows what it was sent: Chromium begins with the rate of a few
        quiet seconds, and lets its estimate grow by 8 % a second, to no more than
        1.5 times what arrives. So an estimate below the target means nothing by
        itself. A network that is too narrow shows in one that falls below what is
        being sent, or that begins far below it; on a wide way, if a report bears it out.
        """
        last, self._last = self._last, bitrate
        falls = bitrate < (self.sending * FIRST_DOUBT if last is None else last)
        if bitrate > self._target and not self._queued:
            self._unconfirmed = None
            self._set(bitrate)
        elif falls and bitrate < self.sending:
            if self._narrow or self._troubled:
                self._set(bitrate)
            else:
                self._unconfirmed = bitrate

    def begin(self) -> None:
        """The first picture comes next: a small one, whatever the way is."""
        self._target, self._narrow = min(self._start, NARROW // 2), True

    def burst(self, size: int, seconds: float) -> None:
        """The first picture, of `size` bytes, took so long to come through."""
        room = 8 * size / max(seconds, INSTANT) * BURST_PART
        self._set(min(self._start, int(room - min(room / 2, REDUCED.on_wire))))

    @property
    def queue(self) -> float:
        """Seconds of packets that wait before a narrow place; 0 where they are few."""
        return self._queue if self._queued else 0.0

    @property
    def _queued(self) -> bool:
        return self._queue > QUEUE_SECONDS

    @property
    def _troubled(self) -> bool:
        """Whether anything but an estimate says that the way is too narrow."""
        return self._queue > DOUBTED_SECONDS or self._loses or self._missing > 0

    def report(self, lost: float, round_trip: float | None, *, of_sound: bool = False) -> None:
        """Take a receiver report: which part of the packets was lost, and the round trip in s."""
        if round_trip:
            self._shortest = min(round_trip, self._shortest)
            self._queue = round_trip - self._shortest
        self._confirm(lost)
        if of_sound:
            self._correct(lost)
        else:
            self._judged = self._missing = 0
            # A report of ten packets may happen upon those that are lost anyway.
            lost = lost if self._lost is None else (self._lost + lost) / 2
            self._lost = lost
        sending = min(self._target, self.sending or self._target)
        if (lost > HEAVY_LOSS and self._queued) or lost > BLIND_LOSS:
            self._fall(int(sending * (1 - lost)))
        elif self._queued and (self._narrow or self._last is None):
            self._fall(int(sending * STEP_DOWN))
        elif lost < CALM_LOSS and self._last is None and not of_sound:
            near = self._target > self._ceiling * STEP_DOWN
            self._set(int(self._target * (STEP_NEAR if near else STEP_UP)))

    def missing(self, packets: int) -> None:
        """Take a NACK of so many packets."""
        self._missing += packets
        if self._judged >= JUDGED_PACKETS and self._missing > MOST_MISSING * self._judged:
            lost = min(0.9, self._missing / self._judged)
            self._judged = self._missing = 0
            self._set(int(self._target * (1 - lost)))

    def _confirm(self, lost: float) -> None:
        """A report came: an estimate that waits for trouble is believed if it tells of some."""
        self._loses = lost >= CALM_LOSS
        if self._unconfirmed is not None and self._troubled:
            if self._unconfirmed < self.sending:
                self._set(self._unconfirmed)
            self._unconfirmed = None

    def _fall(self, bitrate: int) -> None:
        """It was too much."""
        self._ceiling = self._target
        self._set(bitrate)

    def _correct(self, lost: float) -> None:
        """Have the sound's losses corrected while there are some."""
        self._calm = 0 if lost >= CALM_LOSS else self._calm + 1
        self._corrects = lost >= CORRECTED_LOSS or (self._corrects and self._calm < CALM_REPORTS)

    def _set(self, bitrate: int) -> None:
        self._target = max(self._low, min(bitrate, self._high))
        self._narrow = self._target < (WIDE_AGAIN if self._narrow else NARROW)
        self._sound = rate_beside(self._target, self._sound)
