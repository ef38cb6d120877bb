"""What is drawn into a soft or grainy photo is as soft and as grainy."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.landmarks.finder import FaceFinder
from data.making.photo_light import Rendered, light_of, rendered_teeth
from data.making.photo_texture import texture_of
from tests.data.making.rendered import TEETH, few_mouths, photo_of

Picture = NDArray[np.uint8]
Marks = NDArray[np.float64]


@pytest.fixture(scope="module")
def photo() -> Picture:
    return photo_of(few_mouths())


@pytest.fixture(scope="module")
def marks(photo: Picture, finder: FaceFinder) -> Marks:
    (face,) = finder.find(photo)
    return face.landmarks[:, :2]


@pytest.mark.parametrize("blur", [0.0, 1.0, 2.0])
def test_a_photos_softness_is_found(blur: float, photo: Picture, marks: Marks) -> None:
    soft = photo if blur == 0 else np.asarray(cv2.GaussianBlur(photo, (0, 0), blur), np.uint8)
    assert texture_of(soft, marks, photo, marks).blur == pytest.approx(blur, abs=0.3)


def test_a_photos_grain_is_found_and_is_no_sharpness(photo: Picture, marks: Marks) -> None:
    rng = np.random.default_rng(0)
    soft = cv2.GaussianBlur(photo, (0, 0), 2.0).astype(np.float32)
    grainy = np.rint(soft + rng.normal(0, 4, photo.shape)).clip(0, 255).astype(np.uint8)
    texture = texture_of(grainy, marks, photo, marks)
    assert texture.grain is not None
    assert texture.grain.shape == photo.shape
    assert texture.grain.std() == pytest.approx(4, rel=0.35)
    assert 1.0 <= texture.blur <= 2.6
    smooth = np.asarray(cv2.GaussianBlur(photo, (0, 0), 4.0), np.uint8)
    assert texture_of(smooth, marks, photo, marks).grain is None


def test_teeth_are_warm_in_warm_light_and_grey_without_colours(
    photo: Picture, marks: Marks
) -> None:
    head = few_mouths()
    rendered = Rendered(photo, marks, rendered_teeth(head.mouths[TEETH]))
    warm = np.rint(photo * np.array([0.6, 0.8, 1.0])).astype(np.uint8)
    grey = np.repeat(photo.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    teeth = rendered.teeth.astype(np.float32)[None]
    blue, green, red = light_of(warm, marks, rendered).on(teeth, 1)[0]
    assert blue < 0.95 * green < green < red
    own = np.array([150.0, 180.0, 200.0])
    seen = light_of(photo, marks, rendered, own).on(teeth, 1)[0]
    np.testing.assert_allclose(seen, own, rtol=0.05)
    tongue = np.array([[60, 60, 140]], np.float32)
    for each in (teeth, tongue):
        drawn = light_of(grey, marks, rendered).on(each, 1)[0]
        np.testing.assert_allclose(drawn, drawn.mean(), rtol=0.02)


def test_a_sepia_photo_has_a_sepia_tongue(photo: Picture, marks: Marks) -> None:
    rendered = Rendered(photo, marks, rendered_teeth(few_mouths().mouths[TEETH]))
    grey = photo.mean(axis=2, keepdims=True)
    sepia = np.rint(grey * np.array([0.7, 0.9, 1.0])).astype(np.uint8)
    tongue = np.array([[60, 60, 140]], np.float32)
    blue, green, red = light_of(sepia, marks, rendered).on(tongue, 1)[0]
    assert blue / red == pytest.approx(0.7, abs=0.12)
    assert green / red == pytest.approx(0.9, abs=0.12)
