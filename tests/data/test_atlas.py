"""What an atlas must be, and how a clip carries it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data.atlas import CANVAS, FaceAtlas
from data.clip import AvatarError, Clip


def pictures(count: int, width: int, height: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(count)
    return rng.integers(16, 235, (count, height * 3 // 2, width), np.uint8)


STATES = np.eye(3, 8, dtype=np.float32)
ATLAS = FaceAtlas(
    rest=pictures(1, 40, 60)[0],
    mouths=pictures(3, 20, 16),
    mouth_at=(10, 40),
    states=STATES,
    brows=pictures(2, 36, 10),
    brow_at=(2, 0),
)


def clip_with(arrays: dict[str, NDArray[Any]]) -> Clip:
    frames = np.full((2, 96, 64), 128, np.uint8)
    placement = np.zeros((2, 2, 3), np.float32)
    return Clip("anna", "builtin", frames, placement, np.zeros((456, 324), np.uint8), arrays)


@pytest.mark.parametrize("brows", [True, False])
def test_a_clip_brings_back_what_it_was_given(tmp_path: Path, brows: bool) -> None:
    given = ATLAS if brows else FaceAtlas(ATLAS.rest, ATLAS.mouths, ATLAS.mouth_at, ATLAS.states)
    clip_with(given.arrays()).save(tmp_path / "anna")
    atlas = FaceAtlas.of(Clip.load(tmp_path / "anna"))
    np.testing.assert_array_equal(atlas.rest, given.rest)
    np.testing.assert_array_equal(atlas.mouths, given.mouths)
    np.testing.assert_array_equal(atlas.states, given.states)
    np.testing.assert_array_equal(atlas.brows, given.brows)
    assert (atlas.mouth_at, atlas.brow_at) == (given.mouth_at, given.brow_at)
    assert len(atlas.brows) == (2 if brows else 0)
    assert not isinstance(atlas.mouths, np.memmap), "drawing never waits for a disc"


@pytest.mark.parametrize("name", ["rest", "mouths", "mouth_at", "states", "brows", "brow_at"])
def test_a_part_that_is_missing_is_named(name: str) -> None:
    arrays = ATLAS.arrays()
    del arrays[name]
    with pytest.raises(AvatarError, match=f"the avatar 'anna': {name}: missing"):
        FaceAtlas.of(clip_with(arrays))


def test_a_place_is_two_numbers() -> None:
    arrays = ATLAS.arrays() | {"mouth_at": np.zeros(3, np.int32)}
    with pytest.raises(AvatarError, match=r"mouth_at: int32 \[3\], wanted int32 \[2\]"):
        FaceAtlas.of(clip_with(arrays))


WIDE, HIGH = CANVAS
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"rest": pictures(1, WIDE + 2, 60)[0]}, rf"rest: a face of {WIDE + 2} x 60, allowed are"),
    ({"rest": pictures(1, 40, HIGH + 2)[0]}, rf"allowed are {WIDE} x {HIGH}"),
    ({"rest": ATLAS.rest[:-1]}, "rest: 89 rows|rest: an I420 picture needs even sides"),
    ({"rest": ATLAS.rest.astype(np.float32)}, "rest: float32"),
    ({"mouths": ATLAS.mouths[0]}, "mouths: uint8 with 2 axes, wanted uint8 with 3"),
    ({"mouth_at": (11, 40)}, r"mouths: 20 x 16 at \(11, 40\) is not inside"),
    ({"mouth_at": (-2, 40)}, "mouths: .* is not inside"),
    ({"mouth_at": (22, 40)}, "mouths: .* is not inside the face of 40 x 60"),
    ({"brow_at": (2, 52)}, "brows: 36 x 10 .* is not inside"),
    ({"states": STATES[:2]}, r"states: float32 \[2, 8\], wanted float32 \[3, 8\]"),
    ({"states": STATES * 2}, "between 0 and 1"),
    ({"states": STATES * np.nan}, "between 0 and 1"),
    ({"mouths": ATLAS.mouths[:0], "states": STATES[:0]}, "one mouth at least"),
]


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_parts_that_do_not_fit_are_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(AvatarError, match=said):
        replace(ATLAS, **change)
