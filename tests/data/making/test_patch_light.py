"""A mouth of another frame takes the light of where it is laid, and keeps its detail."""

import numpy as np

from data.making.patch_light import in_light_of


def test_a_slope_of_light_around_the_mask_is_laid_over_all_within() -> None:
    rng = np.random.default_rng(5)
    detail = rng.normal(0, 6, (120, 160, 3)).astype(np.float32)
    rest = np.full((120, 160, 3), 120, np.float32)
    slope = np.linspace(-18, 18, 160, dtype=np.float32)[None, :, None]
    border = np.ones((120, 160), np.float32)
    border[30:90, 40:120] = 0
    lit = in_light_of(rest + slope + detail * (1 - border[..., None]), rest, border)
    inside = (slice(35, 85), slice(45, 115))
    off = (lit - rest)[inside]
    assert abs(float(off.mean())) < 1.5
    thirds = [part.mean() for part in np.array_split(off.mean(axis=(0, 2)), 3)]
    assert max(map(abs, thirds)) < 4, "a sixth of the slope is left at most"
    assert 0.95 < off.std() / detail[inside].std() < 1.15


def test_what_is_the_same_stays_the_same() -> None:
    picture = np.random.default_rng(1).uniform(0, 255, (64, 90, 3)).astype(np.float32)
    border = np.zeros((64, 90), np.float32)
    border[:8] = 1
    assert np.allclose(in_light_of(picture, picture, border), picture)
