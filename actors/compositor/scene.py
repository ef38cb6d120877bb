"""What one tick of one session looks like.

In: the clips of the body, of which the idle loop is one; when someone speaks the face of the tick;
and the session's background if it has one of its own. Out: an I420 picture, written where it is
wanted. Speech fades into the face of the clip and back over a few ticks; an interrupt cuts at once.
From one clip to another the body is faded over four frames. Where the clip says so, faces are shown
in the colours of the frame that they are pasted on.
Over all of it lies the session's mark, if it has one.
Runs in the compositor; owns a copy of the last face.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from actors.compositor.crossfade import Crossfade
from actors.compositor.shown_clip import ShownClip
from data.clip import Clip
from models.picture.background import Background
from models.picture.packed_matte import PackedMatte
from models.picture.paste import Paster
from models.picture.visible_mark import MarkPatch
from runtime.body_timeline import IDLE, WHOLE, ShownSegment
from runtime.idle_place import NOT_IDLE, IdlePlace

FADE_IN: Final = (0.6, 1.0)
FADE_OUT: Final = (0.6, 0.25, 0.0)
"""Opacity of the face in the first ticks of speech, and in the ticks after it."""


class Scene:
    """The picture of one session, tick by tick."""

    def __init__(
        self,
        clip: Clip,
        paster: Paster,
        background: Background | None = None,
        edition: int | None = None,
        mark: MarkPatch | None = None,
        matte: PackedMatte | None = None,
    ) -> None:
        """The idle loop's; background: None is the avatar's own. edition: the clip's number, where
        others may want to know which picture of it is shown. mark: put into every picture. matte:
        put below every picture; then the background is black."""
        self.idle = NOT_IDLE
        """Which picture of the idle loop the last tick showed as it is (`IdlePlace`)."""
        self._edition, self._length = edition, len(clip.loop)
        self._mark, self._matte = mark, matte
        self._cover = None if matte is None or mark is None else mark.cover(clip.width, clip.height)
        self._seen: tuple[Clip, int] = clip, 0
        """The clip and its frame that the last tick showed."""
        self._clips = {IDLE: ShownClip.idle(clip, paster, background)}
        width, height = clip.face_size
        self._face = np.zeros((height * 3 // 2, width), np.uint8)
        self._shown = 0
        self._gone = len(FADE_OUT)
        self._still: tuple[int, int] | None = None
        self._last: tuple[ShownSegment, int, ShownClip] | None = None
        self._fade: Crossfade | None = None

    def follow(self, other: "Scene") -> None:
        """Take the place of another avatar's scene: who speaks goes on speaking."""
        self._shown = other._shown

    def has(self, number: int) -> bool:
        """Whether the clip of this number can be shown."""
        return number in self._clips

    def add(self, number: int, shown: ShownClip) -> None:
        """A clip that can be shown from now on, in place of one of the same number; if that is
        being shown it is left as any other."""
        self._clips[number] = shown

    def pastes(self, number: int) -> bool:
        """Whether a face can be pasted into this clip."""
        return self._clips[number].paster is not None

    def set_background(
        self, background: Background | None, others: dict[int, Background | None] | None = None
    ) -> None:
        """From the next picture on; None is the avatar's own. others: of the actions by number."""
        for number, made in {IDLE: background, **(others or {})}.items():
            self._clips[number].background = made
        self._still = None

    def show(
        self,
        frame: int,
        face: NDArray[np.uint8] | None,
        picture: NDArray[np.uint8],
        *,
        cut: bool,
        segment: ShownSegment = WHOLE,
    ) -> bool:
        """Write the tick's picture; True if it equals the one before.

        frame: the place in the body's endless playing. segment: which clip that is. cut: what was
        shown before was interrupted, so nobody may have seen it.
        """
        above = picture if self._matte is None else self._matte.upper
        repeats = self._compose(frame, face, above, cut, segment)
        if self._mark is not None:
            self._mark.draw(above)
        if self._matte is not None:
            clip, number = self._seen
            assert clip.clear is not None, "no other has this background"
            self._matte.pack(picture, clip.clear[number], self._cover)
        return repeats

    def _compose(
        self,
        frame: int,
        face: NDArray[np.uint8] | None,
        picture: NDArray[np.uint8],
        cut: bool,
        segment: ShownSegment,
    ) -> bool:
        shown = self._clips[segment.clip]
        self.idle = NOT_IDLE
        if cut:
            self._shown, self._gone = 0, len(FADE_OUT)
            shown.forget_tint()
        self._turn(segment, frame)
        opacity = self._opacity(speaking=face is not None)
        if face is not None:
            self._face[:] = face
        number = shown.frame_at(segment.place(frame))
        self._seen = shown.clip, number
        if self._fade is not None:
            self._still = None
            self._fade.next(shown, number, self._face, opacity, picture)
            return False
        if opacity == 0.0:
            shown.forget_tint()
            shown.body(number, picture)
            if segment.clip == IDLE and shown.background is None and self._edition is not None:
                place = segment.place(frame) % self._length
                self.idle = IdlePlace(self._edition, place).number
            stands_still = (segment.clip, number) == self._still and not cut
            self._still = segment.clip, number
            return stands_still
        self._still = None
        shown.paste(number, self._face, opacity, picture)
        shown.finish(picture, number)
        return False

    def _turn(self, segment: ShownSegment, frame: int) -> None:
        """Begin a fade where another segment begins than was shown, or in another clip, and end one
        that is over."""
        shown = self._clips[segment.clip]
        before, self._last = self._last, (segment, frame, shown)
        if self._fade is not None and self._fade.over:
            self._fade = None
        if before is None or (before[0] == segment and before[2] is shown):
            return
        last, at, left = before
        frozen = None if self._fade is None else self._fade.body
        self._fade = Crossfade(left, last.place(at) + 1, frozen)

    def _opacity(self, *, speaking: bool) -> float:
        leaving = FADE_OUT[self._gone] if self._gone < len(FADE_OUT) else 0.0
        if speaking:
            opacity = max(leaving, FADE_IN[min(self._shown, len(FADE_IN) - 1)])
            self._shown, self._gone = self._shown + 1, 0
            return opacity
        self._shown, self._gone = 0, min(self._gone + 1, len(FADE_OUT))
        return leaving
