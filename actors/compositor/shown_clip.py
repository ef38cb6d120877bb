"""One clip as a session shows it: its frames, the session's background, where a face goes.

In: a place of the clip. Out: the body's picture there, and how a face is pasted on it. Runs in the
compositor. The clip is a mapped file and the paster is shared by all sessions of the avatar; a
`ShownClip` owns a `Tint` or a `ColourField`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from data.action import Action
from data.clip import Clip
from models.picture.background import Background
from models.picture.colour_field import ColourField
from models.picture.paste import Paster, colour_match
from models.picture.tint import Tint


@dataclass
class ShownClip:
    """frame_at: the clip's frame at a place, which may lie beyond the clip's end. paster: None if
    no face can be pasted into it. background: None is the avatar's own."""

    clip: Clip
    paster: Paster | None
    frame_at: Callable[[int], int]
    background: Background | None = None
    tint: Tint | ColourField | None = field(init=False)

    def __post_init__(self) -> None:
        self.tint = colour_match(self.clip)

    @classmethod
    def idle(cls, clip: Clip, paster: Paster, background: Background | None) -> "ShownClip":
        """The idle loop."""
        loop = clip.loop
        return cls(clip, paster, lambda place: int(loop[place % len(loop)]), background)

    @classmethod
    def of(
        cls, action: Action, paster: Paster | None, background: Background | None
    ) -> "ShownClip":
        """An action."""
        return cls(action.clip, paster, action.frame, background)

    def forget_tint(self) -> None:
        """What is said next may be said in another light."""
        if self.tint is not None:
            self.tint.reset()

    def paste(
        self,
        frame: int,
        face: NDArray[np.uint8],
        opacity: float,
        picture: NDArray[np.uint8],
    ) -> None:
        """Write the frame with the face on it, if it has a place for one."""
        if self.paster is None:
            picture[:] = self.clip.frames[frame]
            return
        self.paster.paste(
            picture,
            self.clip.frames[frame],
            face,
            self.clip.placements[frame],
            opacity,
            number=frame,
            tint=self.tint,
        )

    def finish(self, picture: NDArray[np.uint8], frame: int) -> None:
        """Put the session's background behind what was made on this frame."""
        if self.background is not None:
            self.background.apply(picture, frame)

    def body(self, frame: int, picture: NDArray[np.uint8]) -> None:
        """Write the frame without a face, in front of the session's background."""
        picture[:] = self.clip.frames[frame]
        self.finish(picture, frame)
