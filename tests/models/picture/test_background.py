"""Another background: the same as compositing anew, and nothing where no background is seen."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.i420 import i420_from_bgr, i420_shape, planes
from models.picture.background import Background, covering

WIDTH, HEIGHT, FRAMES = 64, 48, 3


class Studio(NamedTuple):
    """A person, in colours of her own, in front of a background, at sizes of each plane."""

    person: list[NDArray[np.float64]]
    clear: NDArray[np.uint8]
    behind: NDArray[np.uint8]

    def shares(self, frame: int) -> list[NDArray[np.float64]]:
        """How much background each plane shows, 0 to 1; chroma as the mean of four pixels."""
        whole = self.clear[frame] / 255
        half = whole.reshape(HEIGHT // 2, 2, WIDTH // 2, 2).mean(axis=(1, 3))
        return [whole, half, half]

    def exact(self, frame: int, background: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
        """The planes of the person over the background, in fractions."""
        return [
            person * (1 - share) + plane * share
            for person, plane, share in zip(
                self.person, planes(background), self.shares(frame), strict=True
            )
        ]

    def frame(self, frame: int) -> NDArray[np.uint8]:
        """As a clip holds it: the own background baked in, rounded."""
        picture = np.empty(i420_shape(WIDTH, HEIGHT), np.uint8)
        for plane, exact in zip(planes(picture), self.exact(frame, self.behind), strict=True):
            plane[:] = np.rint(exact)
        return picture


def a_background(seed: int) -> NDArray[np.uint8]:
    noise = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    return i420_from_bgr(noise)


def a_studio(seed: int = 0) -> Studio:
    """A matte with all there is: only person, only background, and hair between."""
    random = np.random.default_rng(seed)
    clear = random.integers(0, 256, (FRAMES, HEIGHT, WIDTH), np.uint8)
    clear[:, :, :20] = 255
    clear[:, :, 44:] = 0
    person = [plane.astype(np.float64) for plane in planes(a_background(seed + 1))]
    return Studio(person, clear, a_background(seed + 2))


def changed(studio: Studio, background: NDArray[np.uint8], frame: int) -> NDArray[np.uint8]:
    picture = studio.frame(frame)
    Background(studio.clear, studio.behind, background).apply(picture, frame)
    return picture


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, FRAMES - 1))
def test_it_is_what_compositing_anew_gives(seed: int, frame: int) -> None:
    studio, background = a_studio(seed), a_background(seed + 3)
    picture, baked = changed(studio, background, frame), studio.frame(frame)
    parts = zip(
        planes(picture),
        planes(baked),
        studio.exact(frame, background),
        studio.exact(frame, studio.behind),
        strict=True,
    )
    for plane, old, exact, own in parts:
        assert np.abs(plane - (old + exact - own)).max() <= 1, "of what is there and is added"
        assert np.abs(plane - exact).max() <= 1.5, "with what the clip itself was rounded by"


def test_where_only_the_person_is_seen_nothing_changes() -> None:
    studio = a_studio()
    before, after = studio.frame(1), changed(studio, a_background(9), 1)
    for old, new, share in zip(planes(before), planes(after), studio.shares(1), strict=True):
        np.testing.assert_array_equal(new[share == 0], old[share == 0])


def test_where_only_background_is_seen_it_is_exact() -> None:
    studio, wanted = a_studio(), a_background(9)
    after = changed(studio, wanted, 1)
    for new, plane, share in zip(planes(after), planes(wanted), studio.shares(1), strict=True):
        np.testing.assert_array_equal(new[share == 1], plane[share == 1])


def test_the_same_background_changes_nothing() -> None:
    studio = a_studio()
    np.testing.assert_array_equal(changed(studio, studio.behind, 2), studio.frame(2))


def test_a_face_on_it_stays_as_it_is() -> None:
    """Pixels that were pasted on the person, not the clip's own, are kept too."""
    studio = a_studio()
    picture = studio.frame(0)
    luma = planes(picture)[0]
    luma[10:30, 46:60] = 77
    Background(studio.clear, studio.behind, a_background(4)).apply(picture, 0)
    assert (luma[10:30, 46:60] == 77).all()


def test_each_frame_has_its_own_matte_and_one_beyond_is_refused() -> None:
    studio = a_studio()
    background = Background(studio.clear, studio.behind, a_background(5))
    first = studio.frame(0)
    background.apply(first, 1)
    assert (first != changed(studio, a_background(5), 0)).any()
    with pytest.raises(IndexError):
        background.apply(studio.frame(0), FRAMES)


def test_a_matte_that_is_mapped_read_only_will_do() -> None:
    studio = a_studio()
    studio.clear.flags.writeable = False
    studio.behind.flags.writeable = False
    assert changed(studio, a_background(6), 0).any()


def test_what_does_not_fit_is_refused() -> None:
    studio = a_studio()
    with pytest.raises(ValueError, match="do not fit"):
        Background(studio.clear[:, :-2], studio.behind, studio.behind)
    with pytest.raises(ValueError, match="do not fit"):
        Background(studio.clear, studio.behind, np.zeros(i420_shape(32, 32), np.uint8))


def test_a_picture_fills_and_is_cut_in_the_middle() -> None:
    """Three stripes; the outer ones go when it has to become narrower."""
    picture = np.zeros((100, 300, 3), np.uint8)
    picture[:, 100:200] = 255
    luma = planes(covering(picture, 40, 40))[0]
    assert (luma == 235).all()
    tall = planes(covering(np.ascontiguousarray(picture.transpose(1, 0, 2)), 40, 40))[0]
    assert (tall == 235).all()


@pytest.mark.parametrize("size", [(16, 16), (16, 4096), (4096, 16), (31, 777), (1280, 720)])
@pytest.mark.parametrize("wanted", [(512, 512), (1280, 720), (720, 1280)])
def test_any_picture_comes_out_at_the_size(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    grey = np.full((size[1], size[0], 3), 100, np.uint8)
    out = covering(grey, *wanted)
    assert out.shape == i420_shape(*wanted)
    assert np.ptp(planes(out)[0]) == 0
