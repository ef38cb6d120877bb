"""A head of a few pixels with everything that a real one has, quick to draw and to look at."""

import json
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.head import SHEET_COLUMNS, Box, Framing, Head, load_head

NAMES: Final = ["jaw", "spread", "round", "close", "upl", "fv", "teeth", "tong"]
STATES: Final = [
    [0.0] * 8,
    [0.0, 0, 0, 1, 0, 0, 0, 0],
    [0.1, 0, 0, 0, 0, 1, 0, 0],
    [0.9, 0, 0, 0, 0, 0, 0, 0],
    [0.2, 0, 0, 0, 0, 0, 0, 0],
]
SIDE: Final = 240
MOUTH: Final = Box(96, 108, 48, 36)
LIDS: Final = Box(84, 66, 72, 24)
BROWS: Final = Box(84, 48, 72, 24)
RISE: Final = [0.33, 0.67, 1.0]
FRAMINGS: Final = {
    "square": Framing(48, 24, 144, 144, 96, 96),
    "landscape": Framing(0, 24, 240, 144, 240, 144),
    "portrait": Framing(48, 0, 144, 240, 144, 240),
}


def save_head(folder: Path, *, brows: bool = True) -> Path:
    """Write the files of a head of 240 x 240, 144 x 144 of which is the square view."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = _soft(SIDE, SIDE, 0)
    opacity = np.zeros((SIDE, SIDE), np.uint8)
    cv2.ellipse(opacity, (120, 100), (50, 64), 0, 0, 360, 255, -1, cv2.LINE_AA)
    cv2.rectangle(opacity, (60, 180), (180, SIDE), 255, -1)
    cv2.rectangle(opacity, (104, 140), (136, 190), 255, -1)
    _write(folder / "head.webp", np.dstack([picture, opacity]))
    mouths = [_soft(MOUTH.height, MOUTH.width, 10 + n) for n in range(len(STATES))]
    sheet = np.zeros((SHEET_COLUMNS, MOUTH.height, MOUTH.width, 3), np.uint8)
    sheet[: len(mouths)] = mouths
    _write(folder / "mouths.webp", np.concatenate(list(sheet), axis=1))
    for name, count, box in (("lids", 3, LIDS), ("glances", 4, LIDS), ("brows", 3, BROWS)):
        if name != "brows" or brows:
            parts = [_soft(box.height, box.width, 20 + len(name) + n) for n in range(count)]
            _write(folder / f"{name}.webp", np.concatenate(parts))
    (folder / "states.json").write_text(json.dumps(_table(brows)))
    return folder


def tiny_head(folder: Path, *, brows: bool = True) -> Head:
    """The same, read."""
    return load_head(save_head(folder, brows=brows))


def _table(brows: bool) -> dict[str, object]:
    def box(at: Box) -> dict[str, int]:
        return {name: getattr(at, name) for name in at.__struct_fields__}

    table: dict[str, object] = {
        "parameters": NAMES,
        "mouth_box": box(MOUTH),
        "lid_box": box(LIDS),
        "lid_closure": [0.35, 0.75, 1.0],
        "glances": [[-7, 0], [6, -1], [1, 6], [-4, -3]],
        "states": STATES,
        "pivot": [120, 165],
        "shoulders": [150, 176],
        "framings": {name: box(framing) for name, framing in FRAMINGS.items()},
    }
    return table | ({"brow_box": box(BROWS), "brow_rise": RISE} if brows else {})


def _soft(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """Colours without edges."""
    rng = np.random.default_rng(seed)
    few = rng.uniform(60, 200, (max(height // 12, 2), max(width // 12, 2), 3)).astype(np.float32)
    soft = cv2.resize(few, (width, height), interpolation=cv2.INTER_CUBIC)
    rounded: NDArray[np.uint8] = np.rint(soft).clip(1, 255).astype(np.uint8)
    return rounded


def _write(path: Path, picture: NDArray[np.uint8]) -> None:
    assert cv2.imwrite(str(path), picture, [cv2.IMWRITE_WEBP_QUALITY, 101])
