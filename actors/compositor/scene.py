"""What one tick of one session looks like.

In: the idle clip, when someone speaks the face of the tick, and the session's background if it
has one of its own. Out: an I420 picture, written where it is wanted. Speech fades into the idle
face and back over a few ticks; an interrupt cuts at once. Where the clip says so, faces are shown
in the colours of the frame that they are pasted on.
Runs in the compositor; owns a copy of the last face.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from models.picture.background import Background
from models.picture.paste import Paster
from models.picture.tint import Tint

FADE_IN: Final = (0.6, 1.0)
FADE_OUT: Final = (0.6, 0.25, 0.0)
"""Opacity of the face in the first ticks of speech, and in the ticks after it."""


class Scene:
    """The picture of one session, tick by tick."""

    def __init__(self, clip: Clip, paster: Paster, background: Background | None = None) -> None:
        """background: None is the avatar's own."""
        self._clip = clip
        self._loop = clip.loop
        self._paster = paster
        width, height = clip.face_size
        self._face = np.empty((height * 3 // 2, width), np.uint8)
        self._shown = 0
        self._gone = len(FADE_OUT)
        self._still: int | None = None
        self._background = background
        self._tint = Tint() if clip.matched else None

    def set_background(self, background: Background | None) -> None:
        """From the next picture on; None is the avatar's own."""
        self._background = background
        self._still = None

    def show(
        self, frame: int, face: NDArray[np.uint8] | None, picture: NDArray[np.uint8], *, cut: bool
    ) -> bool:
        """Write the tick's picture; True if it equals the one before.

        frame: the place in the clip's endless playing. cut: what was shown before was
        interrupted, so nobody may have seen it.
        """
        if cut:
            self._shown, self._gone = 0, len(FADE_OUT)
            if self._tint is not None:
                self._tint.reset()
        frame = int(self._loop[frame % len(self._loop)])
        opacity = self._opacity(speaking=face is not None)
        if face is not None:
            self._face[:] = face
        if opacity == 0.0:
            if self._tint is not None:  # what is said next may be said in another light
                self._tint.reset()
            picture[:] = self._clip.frames[frame]
            self._finish(picture, frame)
            stands_still = frame == self._still and not cut
            self._still = frame
            return stands_still
        self._still = None
        self._paster.paste(
            picture,
            self._clip.frames[frame],
            self._face,
            self._clip.placements[frame],
            opacity,
            number=frame,
            tint=self._tint,
        )
        self._finish(picture, frame)
        return False

    def _finish(self, picture: NDArray[np.uint8], frame: int) -> None:
        if self._background is not None:
            self._background.apply(picture, frame)

    def _opacity(self, *, speaking: bool) -> float:
        leaving = FADE_OUT[self._gone] if self._gone < len(FADE_OUT) else 0.0
        if speaking:
            opacity = max(leaving, FADE_IN[min(self._shown, len(FADE_IN) - 1)])
            self._shown, self._gone = self._shown + 1, 0
            return opacity
        self._shown, self._gone = 0, min(self._gone + 1, len(FADE_OUT))
        return leaving
