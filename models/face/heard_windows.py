"""What the mouth network says of windows that follow one another: each new tick is worked out once.

In: log-mel windows, of any sessions in any order. Out: the network's columns for each. A window
that is the one before it moved on by a tick is known by its content, so nobody has to say whose it
is: what the network remembered is found, and four columns are computed instead of 72. Any other
window is a beginning. Equal windows, as of sessions that are silent, are worked out once. Runs in
inference; owns what it remembers of the newest MOST windows, 50 kB each.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.face.mouth import MouthNet

MOST: Final = 256
"""As many as there may be sessions."""
STEP: Final = 4
"""Columns of a window that are new in the one after it: a tick's."""
KEY_BANDS: Final = 16
"""Of so many mel bands one is in a window's key: with all the columns, since many windows agree in
the newest alone, as in a pause, and few in what was said before it."""

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Heard:
    """A window [80, 72], what the network said of it [24, 18], and what it has to remember."""

    window: Array
    columns: Array
    context: Array

    def precedes(self, window: Array) -> bool:
        return np.array_equal(self.window[:, STEP:], window[:, :-STEP])


class HeardWindows:
    """Of all sessions of one network. Not for two threads at once."""

    def __init__(self, net: MouthNet) -> None:
        self._net = net
        self._heard: OrderedDict[bytes, _Heard] = OrderedDict()

    def __len__(self) -> int:
        return len(self._heard)

    def columns(self, mel: Array) -> Array:
        """As `MouthNet.columns`, float32 [B, 24, 18] of windows [B, 80, 72].

        The last two columns of a row are those of its window alone (to 1e-5); the older ones may
        have been worked out with sound that has left the window since, and are the better for it.
        """
        first = _first_equal(mel)
        rows = sorted(set(first))
        if len(rows) < len(mel):
            return self._distinct(mel[rows])[[rows.index(row) for row in first]]
        return self._distinct(mel)

    def _distinct(self, mel: Array) -> Array:
        before = [self._before(window) for window in mel]
        found = np.empty((len(mel), *self._net.shape), np.float32)
        begins = [row for row, known in enumerate(before) if known is None]
        if begins:
            found[begins], contexts = self._net.begin(mel[begins])
            self._keep(mel, begins, found, contexts)
        rows = [row for row, known in enumerate(before) if known is not None]
        if rows:
            known = [one for one in before if one is not None]
            new, contexts = self._net.go_on(
                mel[rows][:, :, -STEP:], np.stack([one.context for one in known])
            )
            for row, one, column in zip(rows, known, new, strict=True):
                found[row, :, :-1], found[row, :, -1:] = one.columns[:, 1:], column
            self._keep(mel, rows, found, contexts)
        return found

    def _before(self, window: Array) -> _Heard | None:
        """The window of the tick before, which nobody will ask for again."""
        key = _key(window[:, :-STEP])
        known = self._heard.get(key)
        if known is None or not known.precedes(window):
            return None
        return self._heard.pop(key)

    def _keep(self, mel: Array, rows: list[int], found: Array, contexts: Array) -> None:
        for row, context in zip(rows, contexts, strict=True):
            window = mel[row].copy()
            self._heard[_key(window[:, STEP:])] = _Heard(window, found[row].copy(), context.copy())
        while len(self._heard) > MOST:
            self._heard.popitem(last=False)


def _first_equal(mel: Array) -> list[int]:
    """Of each row the first that equals it."""
    found: dict[bytes, int] = {}
    first = []
    for number, window in enumerate(mel):
        row = found.setdefault(_key(window), number)
        first.append(row if np.array_equal(mel[row], window) else number)
    return first


def _key(columns: Array) -> bytes:
    return columns[::KEY_BANDS].tobytes()
