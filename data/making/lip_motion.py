"""Where a photo's lips go when a rendered mouth makes a state.

In: a rendered mouth at rest and in a state, the photo's face. Out: the photo's lips in that state.
Pure. A motion is brought to the photo by the affine that takes one face to the other, so it is
turned and foreshortened with it; a lip keeps its own thickness, pressed or swollen as the
rendered one.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.making.lips import Line, LipLines
from data.making.mouth_moves import MouthPose

FRAME: Final = (*points.OVAL, *points.LEFT_EYE, *points.RIGHT_EYE, points.BETWEEN_EYES,
                 points.NOSE_BRIDGE, points.NOSE_MIDDLE, points.NOSE_BOTTOM)  # fmt: skip
"""The landmarks that tell where the face is, whatever its mouth does."""
_WIDER: Final = (0.8, 1.3)
"""How much smaller or larger sideways motion becomes with the mouth's width."""
_LIFTS: Final = (0.6, 1.0)
"""How far the upper lip is raised, of the rendered one's way: a thin one has less to give."""
_THICKER: Final = (0.55, 1.5)
"""How much a lip may be pressed or swell, of its thickness at rest."""
_WHOLE: Final = slice(2, -2)
"""The columns where a lip's thickness is more than the landmarks' error."""


class LipMotion:
    """From one rendered mouth to one photo's. rest: the rendered one at rest. marks, lips: the
    photo's landmarks [478, 2] and its lips, shut: both inner edges on the line where they meet."""

    def __init__(self, rest: MouthPose, marks: NDArray[np.float64], lips: LipLines) -> None:
        self._rest = rest.lips
        self._lips = lips
        frame = list(FRAME)
        self._turn = affine(rest.marks[frame], marks[frame])[:, :2]
        there = float(np.hypot(*(self._turn @ (rest.lips.middle[-1] - rest.lips.middle[0]))))
        self._wider = float(np.clip(lips.width / there, *_WIDER))
        ratio = (lips.thickness / lips.width) / (rest.lips.thickness / rest.lips.width)
        self._lift = float(np.clip(ratio, *_LIFTS))

    def moved(self, motion: Line) -> Line:
        """A motion [N, 2] of the rendered face, as the photo's."""
        wide = motion * np.array([self._wider, 1.0])
        turned: Line = wide @ self._turn.T
        return turned

    def lips(self, mouth: MouthPose) -> LipLines:
        """The photo's lips in that state."""
        mine, rest, state = self._lips, self._rest, mouth.lips
        lift = state.upper_inner - rest.middle
        lift[:, 1] = np.where(lift[:, 1] < 0, self._lift, 1.0) * lift[:, 1]
        upper = mine.middle + self.moved(lift)
        lower = mine.middle + self.moved(state.lower_inner - rest.middle)
        over = _thickness(
            state.upper_outer - state.upper_inner, rest.upper_outer - rest.upper_inner
        )
        under = _thickness(
            state.lower_outer - state.lower_inner, rest.lower_outer - rest.lower_inner
        )
        return LipLines(
            upper + over * (mine.upper_outer - mine.upper_inner),
            upper,
            lower,
            lower + under * (mine.lower_outer - mine.lower_inner),
        )


def affine(source: NDArray[np.float64], to: NDArray[np.float64]) -> NDArray[np.float64]:
    """The affine [2, 3] that takes points [N, 2] best to others."""
    system = np.column_stack([source, np.ones(len(source))])
    return np.asarray(np.linalg.lstsq(system, to)[0].T, np.float64)


def similarity(source: NDArray[np.float64], to: NDArray[np.float64]) -> NDArray[np.float64]:
    """The turn, scale and shift [2, 3] that takes points [N, 2] best to others."""
    middle, there = source.mean(axis=0), to.mean(axis=0)
    one, other = source - middle, to - there
    square = np.square(one).sum()
    cos = (one * other).sum() / square
    sin = (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]).sum() / square
    linear = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([linear, there - linear @ middle])


def _thickness(now: Line, before: Line) -> NDArray[np.float64]:
    """How thick a lip is in each column, against before, [11, 1]."""
    ratio = np.hypot(*now.T) / np.maximum(np.hypot(*before.T), 1e-6)
    whole = ratio[_WHOLE]
    ratio[: _WHOLE.start], ratio[_WHOLE.stop :] = whole[0], whole[-1]
    return np.asarray(np.clip(ratio, *_THICKER), np.float64)[:, None]
