"""In which numbers each avatar's network runs on this processor, and why.

In: the folder of weights. Out: what `build` found, per avatar. Read by whoever lists weights,
without torch. Owns nothing.
"""

from pathlib import Path
from typing import Final

import msgspec

from models.face.ultralight.sizes import NAME

EXPORTED: Final = "exported"
"""Folder, beside the weights, of the networks as onnxruntime reads them."""
VERDICT: Final = "verdict.json"
NEAREST: Final = 35.0
"""dB that a face must be near to float32's to be shown."""


class PrecisionChoice(msgspec.Struct, frozen=True):
    """int8: it is what runs. decibels: of the worst face that was compared. part: of float32's
    time. why: in words. None what was not measured."""

    int8: bool
    decibels: float | None
    part: float | None
    why: str

    def __str__(self) -> str:
        runs = "int8" if self.int8 else "float32"
        if self.decibels is None or self.part is None:
            return f"runs in {runs} ({self.why})"
        return (
            f"runs in {runs}: int8 is {self.decibels:.1f} dB from float32 in the worst face, and "
            f"takes {self.part:.2f} of its time ({self.why})"
        )


def home(weights: Path, person: str) -> Path:
    """Where a person's networks lie, each in a folder called by its digest."""
    return weights / EXPORTED / NAME / person


def verdicts(weights: Path) -> dict[str, PrecisionChoice]:
    """By person, of the networks that were built here; those of older versions too."""
    found: dict[str, PrecisionChoice] = {}
    for path in sorted(home(weights, "").glob(f"*/[!.]*/{VERDICT}")):
        found[path.parent.parent.name] = msgspec.json.decode(
            path.read_bytes(), type=PrecisionChoice
        )
    return found
