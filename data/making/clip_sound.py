"""The sound of a clip, tick by tick beside its pictures.

In: a clip. Out: mono sound, float32 [T, 640] at 16 kHz, tick 0 beginning with the first picture.
Runs where avatars are made; holds the whole sound (19 MB for five minutes). A track that is damaged
is heard as far as it can be read: nobody is refused for it.
"""

from pathlib import Path
from typing import Final

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from data.making.clip_file import OpenSound, open_sound
from data.making.errors import CannotMake
from data.units import FEATURE_RATE, FEATURE_TICK

_GAP: Final = FEATURE_RATE // 10
"""Samples by which a frame may begin beside the end of the one before: codecs round."""


def clip_sound(path: Path, ticks: int) -> NDArray[np.float32] | None:
    """The first `ticks` of the clip's sound, with silence where there is none; None for a clip
    without a sound track, or with one of which nothing can be read."""
    sound = np.zeros(ticks * FEATURE_TICK, np.float32)
    written = 0
    try:
        with open_sound(path) as track:
            if track is None:
                return None
            written = _write(track, sound)
    except (CannotMake, ValueError):
        # The pictures could be read: what is wrong is the sound's, and what was read of it stays.
        written = int(np.flatnonzero(sound).max(initial=0))
    return sound.reshape(ticks, FEATURE_TICK) if written > 0 else None


def _write(track: OpenSound, sound: NDArray[np.float32]) -> int:
    """Put the track into `sound`; returns how far that came."""
    resampler = AudioResampler("fltp", "mono", FEATURE_RATE)
    end = 0
    for frame in track.frames:
        at = end if frame.time is None else round((frame.time - track.begins) * FEATURE_RATE)
        end = at if abs(at - end) > _GAP else end
        for part in resampler.resample(frame):
            end = _put(part, sound, end)
        if end >= len(sound):
            return end
    for part in resampler.resample(None):
        end = _put(part, sound, end)
    return end


def _put(part: AudioFrame, sound: NDArray[np.float32], at: int) -> int:
    """Write samples from `at` on, which may lie before the beginning; returns where they end."""
    samples = part.to_ndarray().reshape(-1)
    first, last = max(0, at), min(len(sound), at + len(samples))
    if last > first:
        sound[first:last] = samples[first - at : last - at]
    return at + len(samples)
