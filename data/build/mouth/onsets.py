"""Whether a synthesiser's phone times are those of its sound, and phone times that are.

In: clips. Out: how late the sound is in ms, and clips whose times are corrected. Pure.

Two landmarks show in the sound itself. A sibilant after a vowel: the balance of high and low
frequencies tips within a few milliseconds. And a stop: the level falls into a valley, the time
that the lips or the tongue are shut, and leaves it with a burst. The first gives one offset for a
voice; the second puts every single stop where its valley is (eSpeak's events of p, t, k mark the
burst, not the closure), and parts p from its breath: with the burst the lips are open. Neural
voices count in 12 to 25 ms and drift: `data.build.mouth.align` comes before.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.build.mouth.phones import VOWELS, articulations
from data.build.mouth.spoken_clip import BREATH, SILENT, Phone, SpokenClip
from data.units import FEATURE_RATE

_HOP: Final = FEATURE_RATE // 200
_WINDOW: Final = 2 * _HOP
_STEP: Final = _HOP / FEATURE_RATE
"""5 ms between two measurements, each of 10 ms."""
_SIBILANT: Final = re.compile("^[ˈˌ]?[sʃɕʂS]")
_SPLIT_HZ: Final = (1500, 3500)
_LONG: Final = 0.045
_SEARCH: Final = 0.12
FEWEST: Final = 8
"""Sibilants without which a voice keeps the times it gave."""
_BEFORE, _AFTER = 0.09, 0.06
"""Seconds around a stop's given start and end in which its valley is looked for."""
_VALLEY_DB: Final = {"p": 14.0, "t": 14.0, "k": 14.0, "b": 8.0}
"""How far below its surroundings, for the stops whose valley shows."""
_LABIAL: Final = "pb"
_VOICED: Final = "b"
_PAUSABLE: Final = "p"
"""What shows after a pause: b's voice is there before its burst, and other stops shut no lips."""
_FALLEN: Final = 0.6
"""Share of that depth by which the level has fallen where a stop begins, and share of the whole
valley that is still above it where the burst is: p's breath is 20 dB below the vowel after it."""
_CLOSED: Final = 0.06
"""Seconds that lips are shut before the burst, after a pause: nothing is to be heard of them."""
_LONGEST: Final = 0.12
_SHORT, _SHORTEST = 0.03, 0.01
_LEAST: Final = 6
_TIP_DB: Final = 15
_LONG_BURST: Final = 0.025
_FLOOR: Final = 1e-4


@dataclass(frozen=True)
class Offset:
    """How much later a voice's sibilants begin than its phone times say, in ms.

    count: sibilants after vowels that were found; spread: median absolute deviation.
    """

    count: int
    median: float
    spread: float


def measured(clips: Iterable[SpokenClip]) -> Offset:
    """The offset of the clips of one voice."""
    late = [1000 * each for clip in clips for _, each in _sibilants(clip.phones, clip.sound)]
    if not late:
        return Offset(0, 0.0, 0.0)
    median = float(np.median(late))
    return Offset(len(late), median, float(np.median(np.abs(np.array(late) - median))))


def corrected(clip: SpokenClip, offset: Offset) -> SpokenClip:
    """The clip with its phones moved by the offset, then each stop put on its valley."""
    late = offset.median / 1000 if offset.count >= FEWEST else 0.0
    moved = [Phone(max(p.start + late * (p.start > 0), 0.0), p.sign) for p in clip.phones]
    level = 20 * np.log10(np.sqrt(_energies(clip.sound).sum(axis=1)) + _FLOOR)
    bursts = []
    for at in range(1, len(moved) - 1):
        valley = _valley(moved, at, level)
        burst = _settle(moved, at, *valley) if valley is not None else None
        if burst is not None and moved[at].sign[:1] in _LABIAL:
            bursts.append(Phone(burst, BREATH))
    return replace(clip, phones=tuple(sorted([*moved, *bursts], key=lambda phone: phone.start)))


def _valley(phones: list[Phone], at: int, level: NDArray[np.float64]) -> tuple[float, float] | None:
    """Where the level of the stop `at` falls and rises again; None if it does not, clearly."""
    sign = phones[at].sign[:1]
    depth = _VALLEY_DB.get(sign)
    paused = phones[at - 1].sign == SILENT
    if depth is None or (paused and sign not in _PAUSABLE):
        return None
    start, end = phones[at].start, phones[at + 1].start
    reach = min(end, start + _LONGEST) + _AFTER
    first, last = int(max(start - _BEFORE, 0) / _STEP), int(reach / _STEP)
    part = level[first:last]
    if len(part) < _LEAST:
        return None
    bottom = int(np.argmin(part))
    before, after = part[: bottom + 1].max(), part[bottom:].max()
    edge = after if paused else min(before, after)
    if edge - part[bottom] < depth:
        return None
    burst = part[bottom:] >= edge - (edge - part[bottom]) * _FALLEN
    over = (first + bottom + int(np.argmax(burst))) * _STEP
    if paused:
        return min(start, over - _CLOSED), over
    below = part < edge - depth * _FALLEN
    return (first + bottom - int(np.argmin(below[bottom::-1])) + 1) * _STEP, over


def _settle(phones: list[Phone], at: int, begin: float, over: float) -> float | None:
    """Let the phone `at` begin where its valley does, and the next one not before it ends.

    Gives the valley's end where more of the phone follows: the lips are apart by then.
    """
    before, sign = phones[at - 1], phones[at].sign[:1]
    kept = _SHORT if before.sign[:1] in _VALLEY_DB else _SHORTEST
    paused = before.sign == SILENT and at > 1
    begin = max(begin, before.start + (0 if paused else kept))
    if over - begin < _SHORTEST:
        return None
    end = phones[at + 1].start
    phones[at] = replace(phones[at], start=begin)
    following = phones[at + 2].start if at + 2 < len(phones) else end + 1
    open_at_once = sign in _LABIAL and (sign in _VOICED or end - over <= _LONG_BURST)
    if over > end or (open_at_once and over - begin > _SHORT):
        phones[at + 1] = replace(phones[at + 1], start=min(over, following - _SHORTEST))
    return over if phones[at + 1].start - over > _LONG_BURST else None


def _sibilants(
    phones: Sequence[Phone], sound: NDArray[np.float32]
) -> Iterator[tuple[float, float]]:
    """Each sibilant after a vowel: where it should begin, and how much later it does, in s."""
    energies = _energies(sound)
    tilt = 10 * np.log10((energies[:, 2] + _FLOOR**2) / (energies[:, 0] + _FLOOR**2))
    spoken = [phone for phone in phones if articulations(phone.sign)]
    for before, phone, after in zip(spoken, spoken[1:], spoken[2:], strict=False):
        long = after.start - phone.start > _LONG and phone.start - before.start > _LONG
        vowel = articulations(before.sign)[-1].viseme in VOWELS
        if not (_SIBILANT.match(phone.sign) and long and vowel):
            continue
        first, last = (int((phone.start + d) / _STEP) for d in (-_SEARCH, _SEARCH))
        part = tilt[max(first, 0) : last]
        if len(part) < 2 * _SEARCH / _STEP - 1 or np.ptp(part) < _TIP_DB:
            continue
        crossed = _rise(part)
        if crossed is not None:
            yield phone.start, (first + crossed) * _STEP - phone.start


def _rise(part: NDArray[np.float64]) -> float | None:
    """Where it goes from low to high through the middle, nearest to its own middle."""
    middle = (np.percentile(part, 10) + np.percentile(part, 90)) / 2
    rises = np.flatnonzero((part[:-1] < middle) & (part[1:] >= middle))
    if not len(rises):
        return None
    at = int(rises[np.argmin(np.abs(rises - len(part) / 2))])
    return float(at + (middle - part[at]) / (part[at + 1] - part[at]) + _WINDOW / _HOP / 2)


def _energies(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Energy below, between and above `_SPLIT_HZ`, float64 [n, 3], a row each 5 ms."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::_HOP]
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), axis=1)) ** 2 / _WINDOW**2
    hz = np.fft.rfftfreq(_WINDOW, 1 / FEATURE_RATE)
    low, high = hz < _SPLIT_HZ[0], hz > _SPLIT_HZ[1]
    bands = (low, ~low & ~high, high)
    return np.stack([spectrum[:, band].sum(axis=1) for band in bands], axis=1)
