"""When a tick is heard, from scripted packets and arrivals."""

from playwright.sync_api import Page

SCRIPT = """
async (steps) => {
  const { Playout } = await import('/playout.js');
  const playout = new Playout();
  const out = [];
  for (const [what, ...args] of steps) {
    if (what === 'heard') out.push(playout.heardAt(...args));
    else playout[what](...args);
  }
  return out;
}
"""

Step = list[object]
ORIGIN = 2**32 - 4_000
"""The RTP clock of these sessions passes its end soon."""


def heard(module_page: Page, *steps: Step) -> list[float]:
    result: list[float] = module_page.evaluate(SCRIPT, list(steps))
    return result


def playing_packet(now: float, buffer: float = 100, age: float = 7) -> dict[str, float]:
    """The packet that sounds at `now` (ms) where tick n is sent at n x 40 ms."""
    at = now - age
    return {"rtp": (ORIGIN + round((at - buffer) * 48)) % 2**32, "at": at}


def test_without_a_packet_the_buffer_decides(module_page: Page) -> None:
    assert heard(module_page, ["measured", 80, 30], ["heard", 5, 1_000, None]) == [1_110]


def test_a_tick_is_heard_one_buffer_after_it_was_sent(module_page: Page) -> None:
    steps: list[Step] = [["measured", 100, 0], ["learn", 25, 1_000, playing_packet(1_000)]]
    assert heard(module_page, *steps, ["heard", 25, 1_000, playing_packet(1_000)]) == [1_100]


def test_the_way_to_the_loudspeaker_counts(module_page: Page) -> None:
    steps: list[Step] = [["measured", 100, 25], ["learn", 25, 1_000, playing_packet(1_000)]]
    assert heard(module_page, *steps, ["heard", 25, 1_000, playing_packet(1_000)]) == [1_125]


def test_an_event_that_was_held_up_is_shown_at_its_sound(module_page: Page) -> None:
    steps: list[Step] = [["measured", 100, 0]]
    steps += [["learn", tick, tick * 40, playing_packet(tick * 40)] for tick in (25, 26, 27)]
    steps += [
        ["learn", 30, 1_260, playing_packet(1_260)],
        ["heard", 30, 1_260, playing_packet(1_260)],
    ]
    assert heard(module_page, *steps) == [1_300]


def test_an_event_that_is_too_late_is_due_at_once(module_page: Page) -> None:
    steps: list[Step] = [["measured", 100, 0], ["learn", 25, 1_000, playing_packet(1_000)]]
    late, very_late = heard(
        module_page,
        *steps,
        ["heard", 26, 2_000, playing_packet(2_000)],
        ["heard", 26, 9_000, playing_packet(9_000)],
    )
    assert late <= 2_000
    assert very_late <= 9_000


def test_a_buffer_that_has_grown_is_followed_by_the_packets(module_page: Page) -> None:
    steps: list[Step] = [["measured", 100, 0], ["learn", 25, 1_000, playing_packet(1_000)]]
    assert heard(module_page, *steps, ["heard", 50, 2_000, playing_packet(2_000, buffer=180)]) == [
        2_180
    ]


def test_a_clock_that_jumped_is_learned_anew(module_page: Page) -> None:
    steps: list[Step] = [["measured", 100, 0], ["learn", 25, 1_000, playing_packet(1_000)]]
    steps += [
        ["heard", 900, 1_040, playing_packet(1_040)],
        ["learn", 900, 1_040, playing_packet(1_040)],
    ]
    steps += [["heard", 901, 1_080, playing_packet(1_080)]]
    assert heard(module_page, *steps) == [1_140, 1_180]
