"""The loud part of a piece of sound, to the sample."""

from playwright.sync_api import Page

READ_LEVEL = """
async ([length, loud, fresh, rate, now]) => {
  const { readLevel } = await import('/loudness.js');
  const samples = new Float32Array(length);
  for (const [index, size] of loud) samples[index] = size;
  return readLevel(samples, fresh, rate, now);
}
"""


def test_edges_lie_at_their_samples(module_page: Page) -> None:
    heard = module_page.evaluate(
        READ_LEVEL, [4800, [[2399, 0.5], [3599, -0.25]], 4800, 48_000, 1000]
    )
    assert (heard["first"], heard["last"], heard["level"]) == (950, 975, 0.5)


def test_samples_that_were_read_before_are_not_heard_again(module_page: Page) -> None:
    heard = module_page.evaluate(READ_LEVEL, [4800, [[100, 0.5]], 960, 48_000, 1000])
    assert (heard["first"], heard["last"]) == (None, None)


def test_rounding_noise_is_silence(module_page: Page) -> None:
    heard = module_page.evaluate(
        READ_LEVEL, [480, [[n, 0.001] for n in range(480)], 480, 48_000, 1000]
    )
    assert heard["first"] is None


def test_more_new_samples_than_the_window_holds(module_page: Page) -> None:
    heard = module_page.evaluate(READ_LEVEL, [480, [[0, 0.5]], 9600, 48_000, 1000])
    assert heard["first"] == 1000 - 479 / 48
