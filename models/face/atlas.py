"""From mouth parameters to a mouth: the best point between two rendered states.

In: parameters float32 [8]; out: the numbers of two states and a share. Runs in inference; pure,
numpy only.

Cross-fading two pictures shows both, so a state is blended only with one that looks like
it, of its own kind: lips shut (p, b, m), lower lip under the teeth (f, v), or open. From a
threshold on the lips are shut, never nearly. The mouth at rest is blended with none.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.face.mouth import PARAMETERS, SHUT_FROM

SHUT_STATE_FROM: Final = 0.9
"""`close` of a rendered state whose lips touch along their whole length."""
TUCKED_FROM: Final = 0.6
"""`fv` from which the lower lip lies under the upper teeth, of a mouth and of a state."""

_CLOSE: Final = PARAMETERS.index("close")
_TUCK: Final = PARAMETERS.index("fv")
REACH: Final = 7.0
"""Two states may be blended if they are no further apart than this."""
CLOSE_REACH: Final = 0.45
"""Nor if their `close` differs by more: half a fade over a row of teeth is a ghost."""
_SHARP: Final = 0.12
"""A share below this is not worth the blur of blending."""


def lip_space(parameters: NDArray[np.float32]) -> NDArray[np.float32]:
    """Parameters [..., 8] to coordinates [..., 6] in which distance is difference in looks.

    Where lips are: how low the lower one, how narrow the mouth, how high the upper one, each
    as the rendered mesh moves in real speech (its three principal ways, 99 % of what the lips
    of a 512 picture do; a unit is about 0.4 pixels); then the tongue that is seen, and a
    little of what shuts or tucks them. Against renders of speech: 35.9 dB with 128 states,
    34.7 dB with a weight for each parameter.
    """
    jaw, spread, rounded, close, upl, fv, teeth, tong = np.moveaxis(parameters, -1, 0)
    free = 1 - close
    opening = jaw * (1 - 0.35 * rounded) * (1 - 0.5 * close) * (1 - 0.5 * fv) + 0.11 * tong * free
    funnel = rounded * free * np.minimum(1, 0.5 + 1.2 * jaw)
    raised = 0.45 * upl + 0.6 * teeth + 0.55 * fv + 0.35 * jaw
    lowered = 0.1 * (teeth * free * (1 - fv) - spread - fv) - 0.12 * close
    coordinates = np.stack(
        [
            55 * (opening * (1 - 0.75 * close) + lowered),
            0.9 * (13 * rounded + 4 * funnel - 9 * spread - 7.5 * opening - 5 * close),
            0.9 * (13.3 * raised * free - 10.5 * opening + 4 * spread + 3 * close),
            9 * tong * free * (1 - fv),
            4 * close,
            4 * fv,
        ],
        axis=-1,
    )
    return coordinates.astype(np.float32)


class Atlas:
    """Which of the rendered mouth states show a mouth.

    states: float32 [S, 8], columns as in `PARAMETERS`; of all three kinds
    (ValueError otherwise).
    """

    def __init__(self, states: NDArray[np.float32]) -> None:
        if states.ndim != 2 or states.shape[1] != len(PARAMETERS):
            raise ValueError(f"states are [S, {len(PARAMETERS)}], not {list(states.shape)}")
        close, tuck = states[:, _CLOSE], states[:, _TUCK]
        shut = close >= SHUT_STATE_FROM
        tucked = ~shut & (tuck >= TUCKED_FROM)
        self._shut, self._tucked, self._open = (
            np.flatnonzero(kind) for kind in (shut, tucked, ~shut & ~tucked)
        )
        if not (len(self._shut) and len(self._tucked) and len(self._open)):
            raise ValueError("an atlas needs states that are shut, tucked and open")
        self._points, self._close = lip_space(states), close
        self._alone: NDArray[np.bool_] = np.abs(states).max(axis=1) == 0

    def choose(self, parameters: NDArray[np.float32]) -> tuple[int, int, float]:
        """The states (i, j) and j's share 0..0.5 that look most like parameters [8].

        i is the nearest state; j improves on it most of those that may be blended with it.
        """
        wanted = lip_space(parameters)
        allowed = self._kind(parameters)
        points = self._points[allowed]
        first = int(np.square(points - wanted).sum(axis=1).argmin())
        ways = points - points[first]
        lengths = np.square(ways).sum(axis=1)
        lengths[self._alone[allowed]] = np.inf
        lengths[first] = np.inf
        shares = np.clip(ways @ (wanted - points[first]) / lengths, 0, 0.5)
        missed = np.square(points[first] + shares[:, None] * ways - wanted).sum(axis=1)
        close = self._close[allowed]
        missed[(np.abs(close - close[first]) > CLOSE_REACH) | (lengths > REACH**2)] = np.inf
        second = int(missed.argmin())
        share = float(shares[second])
        if self._alone[allowed[first]] or not np.isfinite(missed[second]) or share < _SHARP:
            return int(allowed[first]), int(allowed[first]), 0.0
        return int(allowed[first]), int(allowed[second]), share

    def _kind(self, parameters: NDArray[np.float32]) -> NDArray[np.intp]:
        """The states that may show a mouth."""
        if parameters[_CLOSE] >= SHUT_FROM:
            return self._shut
        return self._tucked if parameters[_TUCK] >= TUCKED_FROM else self._open
