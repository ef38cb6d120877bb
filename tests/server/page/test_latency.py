"""Latency from scripted hearing: what counts, what does not, and the exact figure."""

from playwright.sync_api import Page

SCRIPT = """
async (steps) => {
  const { Latency, median } = await import('/latency.js');
  const latency = new Latency();
  for (const [what, ...args] of steps) {
    if (what === 'hear') {
      const [now, first, last] = args;
      latency.hear({ now, first: first ?? null, last: last ?? first ?? null, level: 0 });
    } else latency[what](...args);
  }
  const { sound, silence } = latency;
  return { sound, silence, p50: median(sound) };
}
"""

Step = list[object]


def latency(module_page: Page, steps: list[Step]) -> dict[str, object]:
    result: dict[str, object] = module_page.evaluate(SCRIPT, steps)
    return result


def test_request_to_first_sound_is_placed_by_the_sample(module_page: Page) -> None:
    steps: list[Step] = [["asked", 100, True], ["hear", 120], ["hear", 240, 231.5, 240]]
    assert latency(module_page, steps)["sound"] == [131.5]


def test_a_request_behind_another_is_not_counted(module_page: Page) -> None:
    steps: list[Step] = [["asked", 100, False], ["hear", 240, 231.5, 240]]
    assert latency(module_page, steps)["sound"] == []


def test_sound_from_before_the_press_is_not_the_answer(module_page: Page) -> None:
    steps: list[Step] = [["asked", 100, True], ["hear", 110, 92, 99], ["hear", 190, 180]]
    assert latency(module_page, steps)["sound"] == [80]


def test_a_refused_request_is_forgotten(module_page: Page) -> None:
    steps: list[Step] = [["asked", 100, True], ["cancel"], ["hear", 240, 230]]
    assert latency(module_page, steps)["sound"] == []


def test_a_request_without_sound_is_given_up(module_page: Page) -> None:
    steps: list[Step] = [["asked", 0, True], ["hear", 20_001], ["hear", 30_000, 29_990]]
    assert latency(module_page, steps)["sound"] == []


def test_interrupt_to_silence_ends_at_the_last_loud_sample(module_page: Page) -> None:
    steps: list[Step] = [
        ["hear", 1000, 990, 1000],
        ["interrupted", 1005],
        ["hear", 1050, 1010, 1049],
        ["hear", 1080, 1060, 1062.5],
        ["hear", 1200],
        ["hear", 1370],
    ]
    assert latency(module_page, steps)["silence"] == [57.5]


def test_a_gap_between_words_is_not_silence(module_page: Page) -> None:
    steps: list[Step] = [
        ["interrupted", 1000],
        ["hear", 1050, 1010, 1040],
        ["hear", 1300],
        ["hear", 1330, 1320, 1325],
        ["hear", 1700],
    ]
    assert latency(module_page, steps)["silence"] == [325]


def test_an_interrupt_in_silence_is_not_counted(module_page: Page) -> None:
    steps: list[Step] = [["hear", 900, 890], ["interrupted", 1000], ["hear", 1400]]
    assert latency(module_page, steps)["silence"] == []


def test_only_the_newest_fifty_are_kept(module_page: Page) -> None:
    steps: list[Step] = []
    for n in range(60):
        steps += [["asked", n * 1000, True], ["hear", n * 1000 + 500, n * 1000 + n]]
    steps[1] = ["hear", 500, 1]
    sound = latency(module_page, steps)["sound"]
    assert sound == [*range(10, 60)]


def test_p50_of_an_even_count_lies_between(module_page: Page) -> None:
    steps: list[Step] = [
        *[["asked", 0, True], ["hear", 50, 40]],
        *[["asked", 1000, True], ["hear", 1200, 1100]],
    ]
    assert latency(module_page, steps)["p50"] == 70
