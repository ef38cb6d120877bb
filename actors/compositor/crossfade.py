"""From one clip of a body to another in four frames.

In: the two clips, each going on. Out: the body between them, and where the face is between its two
places, so that a mouth that speaks meanwhile is drawn once and sharp. Runs in the compositor; a
`Crossfade` owns two pictures as long as it lasts.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from actors.compositor.shown_clip import ShownClip

SHARES: Final = (0.2, 0.4, 0.6, 0.8)
"""Of the new clip, frame by frame."""


class Crossfade:
    """Fades from a clip into whichever is shown next.

    leaving, place: what was shown last, and the place behind that, from which it goes on. frozen:
    the picture that was shown last where that was between two clips itself.
    """

    def __init__(
        self, leaving: ShownClip, place: int, frozen: NDArray[np.uint8] | None = None
    ) -> None:
        self._leaving = leaving
        self._place = place
        self._frozen = frozen
        self._step = 0
        self._old = np.empty_like(leaving.clip.frames[0])
        self.body = np.empty_like(self._old)

    @property
    def over(self) -> bool:
        """Whether the new clip is all that is seen from now on."""
        return self._step >= len(SHARES)

    def next(
        self,
        entering: ShownClip,
        frame: int,
        face: NDArray[np.uint8],
        opacity: float,
        picture: NDArray[np.uint8],
    ) -> None:
        """Write the next picture; frame: the new clip's."""
        share = SHARES[self._step]
        leaves = self._leaving.frame_at(self._place)
        if self._frozen is None:
            self._leaving.body(leaves, self._old)
        else:
            np.copyto(self._old, self._frozen)
        entering.body(frame, self.body)
        cv2.addWeighted(self._old, 1 - share, self.body, share, 0, dst=self.body)
        self._step += 1
        self._place += 1
        _paste(self._leaving, leaves, entering, frame, share, face, opacity, self.body, picture)


def _paste(
    leaving: ShownClip,
    leaves: int,
    entering: ShownClip,
    frame: int,
    share: float,
    face: NDArray[np.uint8],
    opacity: float,
    body: NDArray[np.uint8],
    picture: NDArray[np.uint8],
) -> None:
    """The face on the body between both of its places; it fades with the one clip that has a
    place for it, if the other has none."""
    if opacity <= 0 or (entering.paster is None and leaving.paster is None):
        np.copyto(picture, body)
        return
    held, number = (entering, frame) if entering.paster is not None else (leaving, leaves)
    placement = held.clip.placements[number]
    if entering.paster is not None and leaving.paster is not None:
        other = leaving.clip.placements[leaves]
        placement = (share * placement + (1 - share) * other).astype(np.float32)
    else:
        opacity *= share if entering.paster is not None else 1 - share
    assert held.paster is not None
    held.paster.paste(
        picture, body, face, placement, opacity, number=number, tint=held.tint, remember=False
    )
