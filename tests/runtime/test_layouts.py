"""Slot layouts."""

import numpy as np
import pytest

from data.units import PLAYOUT_CHUNK, PLAYOUT_TICK
from runtime.layouts import RINGS, Shape, i420, layout

SHAPE = Shape("builtin", (80, 72), 80, (216, 214), (512, 512))


def test_every_wall_begins_with_the_same_header() -> None:
    for ring in RINGS:
        fields = layout(ring, SHAPE).dtype.fields
        assert fields is not None
        header = ("utterance", "flags", "tick", "frame", "stamps")
        assert [fields[name][1] for name in header] == [0, 4, 8, 16, 24]


def test_a_tick_carries_its_own_sound_and_a_chunk_its_own() -> None:
    assert layout("speech", SHAPE).dtype["ear"].shape == (PLAYOUT_CHUNK,)
    for ring in ("feature", "face", "picture"):
        assert layout(ring, SHAPE).dtype["sound"].shape == (PLAYOUT_TICK,)


def test_layouts_of_other_shapes_have_other_digests() -> None:
    other = Shape("builtin", (80, 72), 80, (216, 214), (1280, 720))
    assert layout("picture", SHAPE).digest != layout("picture", other).digest
    assert layout("speech", SHAPE).digest == layout("speech", other).digest


def test_a_picture_slot_is_one_i420_picture() -> None:
    assert layout("picture", SHAPE).dtype["picture"].shape == i420((512, 512)) == (768, 512)
    assert layout("picture", SHAPE).dtype["picture"].base == np.uint8


def test_an_unknown_wall_is_named() -> None:
    with pytest.raises(ValueError, match="'mirror'; the rings are speech"):
        layout("mirror", SHAPE)
