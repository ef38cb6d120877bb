"""What a face engine is: features from sound, faces from features, a clip from an avatar.

The three run in three processes: `stream()` in features, `render()` in inference,
`prepare()` wherever an avatar is made; the compositor reads only the clip. So an engine
loads its network in `warm()` or `render()`, never in `stream()`. Types only; owns nothing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from data.i420 import i420_shape


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


class FeatureStream(Protocol):
    """The sliding window over one session's sound. Not for two threads at once."""

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
        """A new session's stream. Light: loads no network."""
        ...

    def warm(self) -> None:
        """Load the network and run it once, so that the first `render` is as fast as the rest."""
        ...

    def render(
        self,
        features: NDArray[np.float32],
        poses: NDArray[np.int32],
        out: NDArray[np.uint8],
    ) -> None:
        """Render B faces at once; each depends on nothing but its own feature and pose.

        features: float32 [B, *feature.shape]. poses: int32 [B], the idle frame each face is
        for. out: uint8 [B, h * 3 // 2, w], written whole; may lie in shared memory.
        """
        ...

    def prepare(self, folder: Path) -> Clip:
        """Make the avatar's clip, save it to `folder` and give it back, mapped."""
        ...
