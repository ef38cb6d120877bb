"""Silence counts in seconds in which the listener itself ran."""

import asyncio

from perf.sessions.virtual import VirtualLoop
from runtime.watchdog import Watchdog


def barks_after(late_seconds: float, *, fed: bool) -> list[float]:
    """When it barked, in a loop each of whose wakes comes so late; it is fed by a peer that
    speaks every second, and is read when the loop runs."""
    loop = VirtualLoop(lambda: round(late_seconds * 1e9))
    barks: list[float] = []

    async def story() -> None:
        begun = loop.time()
        watchdog = Watchdog(10, lambda: barks.append(loop.time() - begun))
        watchdog.start()
        for _ in range(12):
            await asyncio.sleep(1)
            if fed:
                watchdog.feed()
        watchdog.stop()

    try:
        loop.run_until_complete(story())
    finally:
        loop.close()
    return barks


def test_silence_of_so_many_seconds_is_told_once() -> None:
    assert barks_after(0, fed=False) == [10]


def test_one_that_is_fed_is_quiet_however_long_the_machine_slept() -> None:
    assert not barks_after(0, fed=True)
    assert not barks_after(60, fed=True), "each wake came a minute late"


def test_time_in_which_the_listener_slept_is_no_silence() -> None:
    slept = barks_after(60, fed=False)
    assert slept
    assert slept[0] >= 10 * 60, "ten wakes, not ten seconds"
