"""What a face engine is: features from sound, faces from features and an avatar.

The two halves run in two processes: `stream()` in features; `warm()`, `bind()`, `free()` and
`render()` in inference, all four in one thread; the compositor reads only the clip. So an
engine loads its network in `warm()` or `render()`, never in `stream()`. Types only; owns
nothing.
"""

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from data.clip import AvatarError, Clip
from data.i420 import i420_shape

BUILTIN_ENGINE: Final = "builtin"
"""Name of the engine that needs no weights; `models.face.builtin` is it."""
NO_FEATURE: Final = float("nan")
"""What a feature is filled with that could not be had: its sound plays, its face rests."""


class EngineError(ValueError):
    """An engine cannot be had: unknown, not installed, its weights missing or wrong."""


@dataclass(frozen=True)
class FeatureSpec:
    """The float32 feature of one tick.

    kind: what it is; engines of one kind can share a stream. shape: of one feature.
    right_ms: how much sound after the tick's end it needs: the latency of live sound.
    """

    kind: str
    shape: tuple[int, ...]
    right_ms: int


@dataclass(frozen=True)
class FaceSpec:
    """Size of the faces that an engine gives; both sides are even (ValueError otherwise)."""

    width: int
    height: int

    def __post_init__(self) -> None:
        i420_shape(self.width, self.height)

    @property
    def shape(self) -> tuple[int, int]:
        """Of one face as it travels: uint8 I420 [height * 3 // 2, width]."""
        return i420_shape(self.width, self.height)


def require_clip(clip: Clip, engine: str, face: FaceSpec) -> None:
    """AvatarError unless `clip` was made for this engine and for faces of this size."""
    if clip.engine != engine:
        raise AvatarError(f"the avatar {clip.name!r} is for the engine {clip.engine}, not {engine}")
    if clip.face_size != (face.width, face.height):
        raise AvatarError(
            f"the avatar {clip.name!r} is for faces of {clip.face_size}, its engine {engine} "
            f"gives {(face.width, face.height)}: prepare it again"
        )


def require_array(
    clip: Clip, name: str, dtype: type[np.generic], *shapes: tuple[int, ...]
) -> NDArray[Any]:
    """The engine array `name` of a clip; AvatarError if it is missing or of another shape."""
    array = clip.engine_arrays.get(name)
    wanted = " or ".join(f"{np.dtype(dtype).name} {list(shape)}" for shape in shapes)
    if array is None:
        raise AvatarError(f"the avatar {clip.name!r} lacks its engine's array {name} ({wanted})")
    if array.dtype != dtype or array.shape not in shapes:
        raise AvatarError(
            f"the avatar {clip.name!r}: {name} is {array.dtype} {list(array.shape)}, not {wanted}"
        )
    return array


def require_features(features: NDArray[np.float32]) -> None:
    """ValueError if a row of `features`, [B, ...], is `NO_FEATURE`: there is no face for it."""
    missing = [row for row, feature in enumerate(features) if np.isnan(feature.flat[0])]
    if missing:
        raise ValueError(f"rows {missing} have no feature: their sound was not encoded")


class FeatureStream(Protocol):
    """The sliding window over one session's sound. Not for two threads at once.

    Most streams work a feature out in less than a millisecond, where they are called. One that
    needs an encoder is an `EncodedStream`: called like this it encodes on the spot, for files;
    who serves sessions asks it for its windows and its encoder, and encodes beside the loop.
    """

    def push(self, sound: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Take 16 kHz mono sound, any multiple of 320 samples (ValueError otherwise).

        Gives the features of the ticks whose right context is now complete, in order, one
        for each tick of sound since the stream began. They are the caller's to keep.
        """
        ...

    def finish(self) -> list[NDArray[np.float32]]:
        """The utterance is over: missing right context counts as silence.

        Gives the features of all remaining whole ticks. Sound pushed afterwards goes on
        where this ended, with what was really heard as its left context.
        """
        ...

    def reset(self) -> None:
        """A new epoch: forget the sound; the left context is silence again."""
        ...


class FaceEngine(Protocol):
    """Renders the faces of many sessions in one batch."""

    @property
    def name(self) -> str: ...

    @property
    def feature(self) -> FeatureSpec: ...

    @property
    def face(self) -> FaceSpec: ...

    @property
    def posed(self) -> bool:
        """True if a face fits only the idle frame that it was rendered for."""
        ...

    def stream(self) -> FeatureStream:
        """A new session's stream. Never loads the network that renders.

        The first stream of an engine may load the encoder that its features come from, so
        it is made in a thread. EngineError when that cannot be had.
        """
        ...

    def warm(self) -> None:
        """Load the network and run it once, so that the first `render` is as fast as the rest.

        EngineError when its weights cannot be had.
        """
        ...

    def bind(self, clip: Clip) -> int:
        """Take in an avatar for `render`; its number, never given twice.

        Whatever the network needs of the avatar is brought to where it runs, once for all
        sessions. AvatarError when the clip is not for this engine.
        """
        ...

    def free(self, avatar: int) -> None:
        """Let go of a bound avatar; KeyError for a number that is not bound."""
        ...

    def render(
        self,
        features: NDArray[np.float32],
        avatars: NDArray[np.int32],
        poses: NDArray[np.int32],
        out: NDArray[np.uint8],
    ) -> None:
        """Render B faces at once; each depends on nothing but its own row.

        features: float32 [B, *feature.shape]. avatars: int32 [B], numbers from `bind`.
        poses: int32 [B], the frame of its avatar's clip that each face is for; read only if
        `posed`. out: uint8 [B, h * 3 // 2, w], written whole; may lie in shared memory.
        """
        ...
