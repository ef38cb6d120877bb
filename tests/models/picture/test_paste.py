"""Pasting: what is touched, by how much, and exactly where, plane by plane."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.i420 import i420_shape, planes
from models.picture.paste import Paster

WIDTH, HEIGHT = 64, 48
FACE_WIDTH, FACE_HEIGHT = 20, 16


def noise(width: int, height: int, seed: int) -> NDArray[np.uint8]:
    random = np.random.default_rng(seed)
    return random.integers(0, 256, i420_shape(width, height), np.uint8)


FRAME, FACE = noise(WIDTH, HEIGHT, 0), noise(FACE_WIDTH, FACE_HEIGHT, 1)
OPAQUE = np.full((FACE_HEIGHT, FACE_WIDTH), 255, np.uint8)


def at(x: float, y: float, scale: float = 1.0) -> NDArray[np.float32]:
    return np.array([[scale, 0, x], [0, scale, y]], np.float32)


def pasted(
    placement: NDArray[np.float32],
    mask: NDArray[np.uint8] = OPAQUE,
    opacity: float = 1.0,
    frame: NDArray[np.uint8] = FRAME,
    face: NDArray[np.uint8] = FACE,
) -> NDArray[np.uint8]:
    out = np.full_like(frame, 77)
    Paster(mask).paste(out, frame, face, placement, opacity)
    return out


def test_an_even_shift_is_exact_in_every_plane() -> None:
    """But for the softened rim of this hard mask: one chroma sample, two luma pixels."""
    out = pasted(at(22, 14))
    for plane, before, face, step in zip(
        planes(out), planes(FRAME.copy()), planes(FACE), (1, 2, 2), strict=True
    ):
        x, y, rim = 22 // step, 14 // step, 2 // step
        height, width = face.shape
        inner = plane[y + rim : y + height - rim, x + rim : x + width - rim]
        np.testing.assert_array_equal(inner, face[rim:-rim, rim:-rim])
        plane[y - rim : y + height + rim, x - rim : x + width + rim] = 0
        before[y - rim : y + height + rim, x - rim : x + width + rim] = 0
        np.testing.assert_array_equal(plane, before)


@pytest.mark.parametrize("turn", [0.0, 0.1])
def test_a_face_on_a_larger_canvas_is_pasted_as_it_is_alone(turn: float) -> None:
    """What the mask leaves out costs nothing and changes nothing, within a rounding."""
    mask = np.zeros((FACE_HEIGHT, FACE_WIDTH), np.uint8)
    mask[4:12, 4:16] = 255
    canvas = np.zeros(i420_shape(3 * FACE_WIDTH, 4 * FACE_HEIGHT), np.uint8)
    for plane, face in zip(planes(canvas), planes(FACE), strict=True):
        plane[: face.shape[0], : face.shape[1]] = face
    wide = np.zeros((4 * FACE_HEIGHT, 3 * FACE_WIDTH), np.uint8)
    wide[:FACE_HEIGHT, :FACE_WIDTH] = mask
    place = at(20.3, 12.6, 1.2)
    place[:, :2] += np.array([[0, -turn], [turn, 0]], np.float32)
    apart = pasted(place, wide, face=canvas).astype(int) - pasted(place, mask)
    assert np.abs(apart).max() <= 1


def test_a_mask_of_nothing_pastes_nothing() -> None:
    np.testing.assert_array_equal(pasted(at(22, 14), np.zeros_like(OPAQUE)), FRAME)


def test_an_odd_shift_is_exact_in_luma() -> None:
    luma = planes(pasted(at(23, 15)))[0]
    inside = (slice(17, 29), slice(25, 41))
    np.testing.assert_array_equal(luma[inside], planes(FACE)[0][2:14, 2:18])


def test_chroma_moves_by_half_of_luma() -> None:
    """A colour ramp shifted by one luma pixel moves by half a chroma sample."""
    face = np.full(i420_shape(FACE_WIDTH, FACE_HEIGHT), 128, np.uint8)
    _, u, v = planes(face)
    u[:] = 40 + 10 * np.arange(u.shape[1])
    v[:] = 40 + 10 * np.arange(v.shape[0])[:, None]
    _, u_even, v_even = planes(pasted(at(20, 16), face=face))
    _, u_odd, v_odd = planes(pasted(at(21, 17), face=face))
    np.testing.assert_allclose(u_even[10, 12:18].astype(int) - u_odd[10, 12:18], 5, atol=1)
    np.testing.assert_allclose(v_even[10:14, 14].astype(int) - v_odd[10:14, 14], 5, atol=1)


def test_luma_and_chroma_stay_together_when_scaled() -> None:
    """The middle of a bright, coloured square is in one place in all planes."""
    face = np.full(i420_shape(FACE_WIDTH, FACE_HEIGHT), 100, np.uint8)
    luma, u, v = planes(face)
    luma[4:12, 6:14] = 200
    u[2:6, 3:7] = v[2:6, 3:7] = 200
    frame = np.full(i420_shape(WIDTH, HEIGHT), 100, np.uint8)
    out = pasted(at(7.3, 5.8, 1.7), frame=frame, face=face)
    for plane, step in zip(planes(out), (1, 2, 2), strict=True):
        weight = plane.astype(float) - 100
        rows, columns = np.mgrid[0 : plane.shape[0], 0 : plane.shape[1]]
        middle = [
            (step * (weight * axis).sum() / weight.sum()) + (step - 1) / 2
            for axis in (columns, rows)
        ]
        np.testing.assert_allclose(middle, [7.3 + 1.7 * 9.5, 5.8 + 1.7 * 7.5], atol=0.25)


def test_an_empty_mask_leaves_the_frame() -> None:
    np.testing.assert_array_equal(pasted(at(10, 10), np.zeros_like(OPAQUE)), FRAME)


def test_no_opacity_leaves_the_frame() -> None:
    np.testing.assert_array_equal(pasted(at(10, 10), opacity=0.0), FRAME)


def test_opacity_is_the_share_of_the_face() -> None:
    whole, half = pasted(at(22, 14)).astype(float), pasted(at(22, 14), opacity=0.5)
    np.testing.assert_allclose(half, (whole + FRAME) / 2, atol=0.6)


def test_the_mask_is_the_share_of_the_face() -> None:
    mask = np.full_like(OPAQUE, 64)
    whole = pasted(at(22, 14)).astype(float)
    wanted = FRAME + (whole - FRAME) * 64 / 255
    np.testing.assert_allclose(pasted(at(22, 14), mask), wanted, atol=0.6)


@settings(deadline=None, max_examples=150)
@given(
    st.floats(-40, 80),
    st.floats(-40, 60),
    st.floats(0.3, 2.5),
    st.floats(-np.pi, np.pi),
    st.floats(0, 1),
)
def test_only_the_face_s_box_is_touched_wherever_it_lies(
    x: float, y: float, scale: float, turn: float, opacity: float
) -> None:
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    placement = np.array([[cos, -sin, x], [sin, cos, y]], np.float32)
    out = pasted(placement, opacity=opacity)
    corners = placement @ [
        [-1, FACE_WIDTH, -1, FACE_WIDTH],
        [-1, -1, FACE_HEIGHT, FACE_HEIGHT],
        [1, 1, 1, 1],
    ]
    low, high = corners.min(axis=1) - 3, corners.max(axis=1) + 3
    for plane, before, step in zip(planes(out), planes(FRAME.copy()), (1, 2, 2), strict=True):
        rows, columns = np.nonzero(plane != before)
        assert (columns * step >= low[0]).all() and (columns * step <= high[0]).all()
        assert (rows * step >= low[1]).all() and (rows * step <= high[1]).all()


def test_out_may_lie_in_shared_memory_and_the_frame_may_be_read_only() -> None:
    memory = bytearray(FRAME.size + 64)
    out = np.frombuffer(memory, np.uint8, FRAME.size, 64).reshape(FRAME.shape)
    frame = FRAME.copy()
    frame.flags.writeable = False
    Paster(OPAQUE).paste(out, frame, FACE, at(22, 14))
    np.testing.assert_array_equal(out, pasted(at(22, 14)))
    assert not any(memory[:64])


def test_one_paster_serves_faces_of_any_placement() -> None:
    paster, out = Paster(OPAQUE), np.empty_like(FRAME)
    for placement in (at(2, 2), at(2, 2, 2.5), at(-5, 30), at(40.5, 3.25, 0.7)):
        paster.paste(out, FRAME, FACE, placement)
        np.testing.assert_array_equal(out, pasted(placement))


def test_each_frame_has_its_own_mask_where_there_are_several() -> None:
    masks = np.stack([OPAQUE, np.zeros_like(OPAQUE), OPAQUE // 2])
    paster, out = Paster(masks), np.empty_like(FRAME)
    for _ in range(2):  # worked out, then remembered
        for number, mask in enumerate(masks):
            paster.paste(out, FRAME, FACE, at(22, 14), number=number)
            np.testing.assert_array_equal(out, pasted(at(22, 14), mask))
    with pytest.raises(IndexError):
        paster.paste(out, FRAME, FACE, at(22, 14), number=3)


def test_what_a_paster_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    places = [at(10 + 0.1 * number, 10) for number in range(40)]
    wanted = [pasted(place) for place in places]
    monkeypatch.setattr("models.picture.paste.MOST_BYTES", 10_000)
    paster, out = Paster(OPAQUE), np.empty_like(FRAME)
    worked_out: list[NDArray[np.float32]] = []
    work_out = paster._work_out

    def counted(*given: Any) -> Any:
        worked_out.append(given[0])
        return work_out(*given)

    monkeypatch.setattr(paster, "_work_out", counted)
    for _ in range(2):
        for place, picture in zip(places, wanted, strict=True):
            paster.paste(out, FRAME, FACE, place)
            np.testing.assert_array_equal(out, picture)
    assert 40 < len(worked_out) < 80, "the first of them were remembered, the rest were not"


def test_what_does_not_fit_is_refused() -> None:
    out = np.empty_like(FRAME)
    with pytest.raises(ValueError, match="needs an area"):
        Paster(OPAQUE).paste(out, FRAME, FACE, at(1, 1, 0.0))
    with pytest.raises(ValueError, match="the mask is"):
        Paster(OPAQUE).paste(out, FRAME, noise(16, 16, 0), at(1, 1))
    with pytest.raises(ValueError, match="even sides"):
        Paster(np.zeros((5, 4), np.uint8))
    with pytest.raises(ValueError, match="I420"):
        Paster(OPAQUE).paste(out[:, ::2], FRAME[:, ::2], FACE, at(1, 1))


@pytest.mark.parametrize(("gap", "areas"), [(6, 2), (0, 1)])
def test_islands_of_a_mask_are_pasted_each_by_itself(gap: int, areas: int) -> None:
    """Together they are what each gives alone, one after the other, within a rounding."""
    first, second = np.zeros_like(OPAQUE), np.zeros_like(OPAQUE)
    first[2:6, 2:18], second[6 + gap : 14, 4:16] = 255, 180
    paster, out = Paster(np.maximum(first, second)), np.empty_like(FRAME)
    paster.paste(out, FRAME, FACE, at(22, 14, 1.1))
    assert [len(spots) for spots in paster._spots.values()] == [areas]
    wanted = pasted(at(22, 14, 1.1), second, frame=pasted(at(22, 14, 1.1), first))
    away = np.abs(out.astype(int) - wanted)
    assert (away > 1).mean() < (0.001 if gap else 0.02), "where they meet, each fades by itself"


def test_many_islands_are_one_area() -> None:
    mask = np.zeros_like(OPAQUE)
    mask[2:14:4, 2:18:4] = 255
    paster, out = Paster(mask), np.empty_like(FRAME)
    paster.paste(out, FRAME, FACE, at(22, 14))
    assert [len(spots) for spots in paster._spots.values()] == [1]
