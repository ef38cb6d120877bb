"""An array written item by item is the array that numpy reads."""

from pathlib import Path

import numpy as np
import pytest

from data.arrays import array_file


def test_what_is_put_is_what_is_read(tmp_path: Path) -> None:
    whole = np.random.default_rng(0).integers(0, 256, (5, 6, 4), np.uint8)
    with array_file(tmp_path / "a.npy", whole.shape) as put:
        for item in whole[:4]:
            put(item)
        put(np.asfortranarray(whole[4]))
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy", mmap_mode="r"), whole)


def test_an_item_of_another_shape_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match=r"an item is uint8 \(6, 4\), not uint8 \(4, 6\)"),
        array_file(tmp_path / "a.npy", (2, 6, 4)) as put,
    ):
        put(np.zeros((4, 6), np.uint8))


def test_a_file_that_is_not_full_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match=r"a\.npy: 1 items of 2"),
        array_file(tmp_path / "a.npy", (2, 6, 4)) as put,
    ):
        put(np.zeros((6, 4), np.uint8))
