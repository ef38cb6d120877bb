"""An avatar of the built-in engine that says a sentence, picture by picture.

In: a prepared clip, sound. Out: its idle picture and the one in speech, of every tick. Called where
avatars are made and measured; an engine and a paster are loaded and freed with the iteration.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from data.units import FEATURE_RATE, FEATURE_TICK, PLAYOUT_RATE, PLAYOUT_TICK
from models.face.builtin import BuiltinEngine
from models.picture.paste import Paster, colour_match
from models.sound.resample import Resampler
from models.voice.hibari import HibariVoice

Frame = NDArray[np.uint8]


@dataclass(frozen=True)
class SaidSentence:
    """ticks: float32 [T, 640] at 16 kHz, for the face. sound: int16 [T, 1920] at 48 kHz."""

    ticks: NDArray[np.float32]
    sound: NDArray[np.int16]


@dataclass(frozen=True)
class SpokenPicture:
    """number: of the clip's frame. idle, speaking: uint8 I420; speaking is used again for the next
    one."""

    number: int
    idle: Frame
    speaking: Frame


def said(text: str) -> SaidSentence:
    """The text in the built-in voice, whole ticks."""
    voice = HibariVoice()
    pieces = np.concatenate([piece.sound for piece in voice.speak(text)])
    narrow, wide = Resampler(voice.rate, FEATURE_RATE), Resampler(voice.rate, PLAYOUT_RATE)
    heard = np.concatenate([narrow.push(pieces), narrow.finish()])
    played = np.concatenate([wide.push(pieces), wide.finish()])
    count = min(len(heard) // FEATURE_TICK, len(played) // PLAYOUT_TICK)
    sound = np.rint(played[: count * PLAYOUT_TICK].clip(-1, 1) * 32767).astype(np.int16)
    ticks = heard[: count * FEATURE_TICK].astype(np.float32)
    return SaidSentence(ticks.reshape(count, -1), sound.reshape(count, -1))


def spoken_pictures(clip: Clip, ticks: NDArray[np.float32]) -> Iterator[SpokenPicture]:
    """The pictures of every tick of float32 [T, 640], the loop from its beginning on."""
    engine = BuiltinEngine()
    avatar = np.array([engine.bind(clip)], np.int32)
    paster, tint = Paster.of(clip), colour_match(clip)
    stream = engine.stream()
    features = stream.push(ticks.reshape(-1))
    features += stream.finish()
    face = np.empty((1, *engine.face.shape), np.uint8)
    out = np.empty_like(clip.frames[0])
    for tick, feature in enumerate(features):
        number = int(clip.loop[tick % len(clip.loop)])
        engine.render(feature[None], avatar, np.zeros(1, np.int32), face)
        place = clip.placements[number]
        paster.paste(out, clip.frames[number], face[0], place, number=number, tint=tint)
        yield SpokenPicture(number, clip.frames[number], out)
