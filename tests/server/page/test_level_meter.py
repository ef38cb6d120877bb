"""The level of a microphone, as it is shown."""

import pytest
from playwright.sync_api import Page

LEVELS = """
async () => {
  const { levelOf } = await import('/level_meter.js');
  return [0, 0.001, 0.05, 1].map((size) => levelOf(new Float32Array(8).fill(size)));
}
"""


def test_the_level_is_on_a_scale_of_decibels(module_page: Page) -> None:
    nothing, whisper, voice, shout = module_page.evaluate(LEVELS)
    assert (nothing, whisper, shout) == (0, 0, 1)
    assert voice == pytest.approx((55 - 26.02) / 43, abs=0.01)
