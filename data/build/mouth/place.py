"""Phone times as they are heard: clips whose synthesiser guessed them, or whose reader told none.

In: clips of one kind, their voices' offsets, an aligner. Out: the clips with their phones where
they are heard. Pure; owns nothing.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from data.build.mouth.aligner import STEP, Aligner, pieces
from data.build.mouth.onsets import corrected
from data.build.mouth.phones import SOUNDS
from data.build.mouth.spoken_clip import SILENT, Phone, SpokenClip
from data.build.mouth.viterbi import Given, best_starts
from data.build.mouth.voices import UNTIMED, Offsets, voice_offsets

_REACH, _SCALE = 0.16, 0.03
"""Seconds: how far a time may move, and how far costs as much as a fit e times worse."""
_FAR_REACH, _FAR_SCALE = 1.0, 0.15
"""The same for recordings, of which nothing but the order of the sounds is known."""
_PAUSE_REACH, _PAUSE_SCALE = 0.6, 0.25
"""Of times at a pause: neural voices stretch the last phone over the silence after it."""
_FIT: Final = 0.5
_LEAST_FIT: Final = -1.2
"""Of a recording: below it something else is said than its text."""


def placed(
    aligner: Aligner, clips: Iterable[SpokenClip], offsets: Offsets
) -> tuple[list[SpokenClip], Offsets]:
    """The clips with phones where their sound has them, less the recordings that say something
    else than their text; and the offsets that were left, which are taken out as well. ValueError
    where every one says something else, or the aligner knows too little."""
    moved = [aligned(aligner, clip, offsets) for clip in clips]
    kept = [c for c in moved if c.kind not in UNTIMED or aligner.fit(c) > _LEAST_FIT]
    if moved and not kept:
        raise ValueError(
            f"no clip of {moved[0].kind} says what its text says, as far as the aligner hears"
        )
    late = voice_offsets(kept)
    return [corrected(clip, late.of(clip)) for clip in kept], late


def aligned(aligner: Aligner, clip: SpokenClip, offsets: Offsets) -> SpokenClip:
    """The clip with its phones where they are heard, each of them one of `SOUNDS`."""
    late = offsets.late(clip)
    found = pieces(clip)
    if len(found) < 2:
        return clip
    heard = aligner.heard(clip, [piece.sound for piece in found])
    silent = [SOUNDS[piece.sound] == SILENT for piece in found]
    known = (_FAR_REACH, _FAR_SCALE) if clip.kind in UNTIMED else (_REACH, _SCALE)
    given = []
    for at, piece in enumerate(found):
        pause = silent[at] or silent[at - 1]
        reach, scale = max(known, (_PAUSE_REACH, _PAUSE_SCALE)) if pause else known
        start = (piece.start + late) / STEP
        given.append(Given(start, reach / STEP, scale / STEP, 0 if silent[at] else 2))
    starts = best_starts(_FIT * heard.fit.astype(float), heard.begun.astype(float), given)
    pairs = zip(starts.tolist(), found, strict=True)
    phones = tuple(Phone(start * STEP, SOUNDS[piece.sound]) for start, piece in pairs)
    return replace(clip, phones=phones)
