"""How exact an aligner's times are, on speech whose times are exact and were made loose on purpose.

In: an aligner and clips. Out: figures. Pure; owns nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.build.mouth.aligner import Aligner, pieces
from data.build.mouth.blend import movement, segments
from data.build.mouth.metrics import CLOSE, JAW, ROUND
from data.build.mouth.onsets import corrected
from data.build.mouth.phones import SOUNDS
from data.build.mouth.place import aligned
from data.build.mouth.spoken_clip import BREATH, SILENT, Phone, SpokenClip
from data.build.mouth.versions import Json
from data.build.mouth.voices import UNTIMED, Offsets, voice_offsets

_SEED: Final = 11
_LOOSE_MS, _UNIT = 17.0, 0.025
"""As loose as Kokoro's Mandarin: median deviation, and the unit of its durations in s."""

_OTHER: Final = 0.45
"""Of the logarithm of how much longer a phone is from another speaker: its standard deviation."""
_FEWEST: Final = 4


def errors(aligner: Aligner, held: Sequence[SpokenClip], offsets: Offsets) -> dict[str, Json]:
    """What `given` times miss, and what `aligned` ones do: median and 90th percentile in ms.

    And how well the movement that follows from them correlates with the true one.
    `loose`: times as a neural voice gives them. `untimed`: as of recordings.
    """
    random = np.random.default_rng(_SEED)
    truth = [_apart(corrected(each, offsets.of(each))) for each in held]
    return {
        name: _compared(aligner, truth, [shaken(_without_bursts(c), random) for c in truth])
        for name, shaken in (("loose", _loosened), ("untimed", _untimed))
    }


def _compared(aligner: Aligner, truth: list[SpokenClip], given: list[SpokenClip]) -> Json:
    found = [aligned(aligner, clip, Offsets({})) for clip in given]
    late = voice_offsets(found)
    settled = [corrected(clip, late.of(clip)) for clip in found]
    timed = [_without_bursts(clip) for clip in truth]
    moved = [late.late(clip) for clip in found]
    return {
        "given": _missed(given, timed, [0.0] * len(given)) | _likeness(truth, given),
        "aligned": _missed(found, timed, moved) | _likeness(truth, settled),
    }


def _missed(clips: list[SpokenClip], timed: list[SpokenClip], late: list[float]) -> dict[str, Json]:
    away = [
        1000 * abs(one.start + by - other.start)
        for clip, true, by in zip(clips, timed, late, strict=True)
        for one, other in zip(clip.phones, true.phones, strict=True)
        if other.sign != SILENT
    ]
    return {"median_ms": float(np.median(away)), "p90_ms": float(np.percentile(away, 90))}


def _likeness(truth: Sequence[SpokenClip], others: Sequence[SpokenClip]) -> dict[str, Json]:
    true, other = (np.concatenate([_moved(each) for each in clips]) for clips in (truth, others))
    return {
        title: float(np.corrcoef(true[:, at], other[:, at])[0, 1])
        for title, at in (("jaw_r", JAW), ("round_r", ROUND), ("close_r", CLOSE))
    }


def _moved(clip: SpokenClip) -> NDArray[np.float32]:
    return movement(segments(clip.phones, clip.seconds), clip.seconds).parameters


def _apart(clip: SpokenClip) -> SpokenClip:
    """With one phone for each of its sounds, and the breath of stops, which is none."""
    phones = [Phone(piece.start, SOUNDS[piece.sound]) for piece in pieces(clip)]
    phones += (phone for phone in clip.phones if phone.sign == BREATH)
    return replace(clip, phones=tuple(sorted(phones, key=lambda phone: phone.start)))


def _without_bursts(clip: SpokenClip) -> SpokenClip:
    """Without the breath that `corrected` set apart: no synthesiser tells it."""
    return replace(clip, phones=tuple(phone for phone in clip.phones if phone.sign != BREATH))


def _loosened(clip: SpokenClip, random: np.random.Generator) -> SpokenClip:
    """With times as a neural voice gives them."""
    away = random.laplace(0, _LOOSE_MS / np.log(2) / 1000, len(clip.phones))
    away[0] = 0
    starts = np.array([phone.start for phone in clip.phones]) + away
    starts = np.maximum.accumulate(np.maximum(np.round(starts / _UNIT) * _UNIT, 0))
    pairs = zip(starts.tolist(), clip.phones, strict=True)
    return replace(clip, phones=tuple(Phone(start, phone.sign) for start, phone in pairs))


def _untimed(clip: SpokenClip, random: np.random.Generator) -> SpokenClip:
    """A recording: its phones as long as another speaker's, between the same first and last."""
    starts = np.array([phone.start for phone in clip.phones])
    if len(starts) < _FEWEST:
        return clip
    lengths = np.diff(starts[1:]) * np.exp(random.normal(0, _OTHER, len(starts) - 2))
    spread = starts[1] + np.cumsum(lengths) * (starts[-1] - starts[1]) / lengths.sum()
    pairs = zip((0.0, float(starts[1]), *spread.tolist()), clip.phones, strict=True)
    phones = tuple(Phone(start, phone.sign) for start, phone in pairs)
    return replace(clip, phones=phones, kind=next(iter(UNTIMED)))
