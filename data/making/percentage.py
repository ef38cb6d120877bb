"""How far the making of an avatar is, as one number.

In: the engine, and what `Tell` is told. Out: 0 to 100, never falling. The shares are what the steps
took on one core; a step that does not know its end yet stays at its beginning. Pure; owns the
highest number so far.
"""

from collections.abc import Mapping
from typing import Final

from data.making.make import needs_latents
from data.making.photo_avatar import ENGINE as DRAWN
from data.making.progress import MakingStep

WHOLE: Final = 100
_DRAWN: Final[dict[str, tuple[int, int]]] = {
    MakingStep.FINDING: (0, 2),
    MakingStep.MOUTH: (2, 70),
    MakingStep.HEAD: (70, 96),
    MakingStep.SAVING: (96, WHOLE),
}
_DRAWN_CLIP: Final[dict[str, tuple[int, int]]] = {
    MakingStep.FINDING: (0, 45),
    MakingStep.MOUTH: (45, 80),
    MakingStep.KEEPING: (80, 96),
    MakingStep.SAVING: (96, WHOLE),
}
_CUT: Final[dict[str, tuple[int, int]]] = {
    MakingStep.FINDING: (0, 45),
    MakingStep.CUTTING: (45, 96),
    MakingStep.SAVING: (96, WHOLE),
}
_ENCODED: Final[dict[str, tuple[int, int]]] = {
    MakingStep.FINDING: (0, 20),
    MakingStep.CUTTING: (20, 45),
    MakingStep.ENCODING: (45, 97),
    MakingStep.SAVING: (97, WHOLE),
}


class Percentage:
    """Of one avatar."""

    def __init__(self, engine: str) -> None:
        shares = _DRAWN if engine == DRAWN else _ENCODED if needs_latents(engine) else _CUT
        self._shares: Mapping[str, tuple[int, int]] = shares
        self._highest = 0

    def at(self, what: str, done: int, total: int | None) -> int:
        """As told; what is not known leaves it as it is."""
        if self._shares is _DRAWN and what == MakingStep.FINDING and total != 1:
            self._shares = _DRAWN_CLIP  # a photo is one picture
        begin, end = self._shares.get(what, (self._highest, self._highest))
        part = min(1.0, done / total) if total else 0.0
        self._highest = max(self._highest, int(begin + part * (end - begin)))
        return self._highest
