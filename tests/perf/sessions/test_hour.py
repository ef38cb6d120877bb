"""Simulated time, and the check that nothing parts."""

import asyncio
import time

import numpy as np
import pytest

from data.units import PLAYOUT_RATE, VIDEO_CLOCK
from perf.sessions import virtual
from perf.sessions.hour import Checker, Stalls, hour
from runtime.layouts import Flag, Stage
from runtime.ports import Mark

UNIT_MS = 1e3 / PLAYOUT_RATE + 1e3 / VIDEO_CLOCK
"""What the timestamps of a report, whole numbers, tell apart."""


def test_simulated_time_passes_by_timers_alone() -> None:
    async def work() -> list[float]:
        begun = time.monotonic_ns()
        done = []
        for seconds in (3600.0, 0.25):
            await asyncio.sleep(seconds)
            done.append((time.monotonic_ns() - begun) / 1e9)
        return done

    real = time.monotonic_ns
    assert virtual.run(work()) == pytest.approx([3600, 3600.25])
    assert time.monotonic_ns is real


def test_waiting_for_ever_is_an_error() -> None:
    async def work() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="for ever"):
        virtual.run(work())


def test_a_minute_of_speech_keeps_together_through_stalls() -> None:
    stalls = Stalls(seed=4)
    found = virtual.run(hour(120.0), stalls.late_ns)
    assert stalls.count > 2
    assert found.ticks + found.given_up == pytest.approx(3000, abs=15)
    assert found.spoken > 1000
    assert found.sound_only > 0
    assert found.mismatched == 0
    assert found.offset_ms < UNIT_MS
    assert abs(found.drift_ms) < 1


def test_a_mouth_with_anothers_sound_is_noticed() -> None:
    checker = Checker(0)
    stamps = np.zeros((len(Stage), 2), np.int64)
    for tick in range(4):
        checker.take(Mark(0, 1, Flag(0), tick, stamps), sound=10 + tick, grey=50)
    assert checker.found.mismatched == 1  # tick 3: grey 50 is number 10's; up to 2 is noise
    checker.take(Mark(0, 1, Flag(0), 7, stamps), sound=100, grey=50)
    assert checker.found.mismatched == 2
    assert checker.found.given_up == 3
