"""What a process holds, and whether it grew."""

import os
import subprocess
import sys

import pytest

from perf.sessions.churn import growths
from perf.sessions.holding import Growth, Holding, all_held, held

SMALL = Holding(100.0, 8, 20)


def test_what_a_process_holds_is_read_from_proc() -> None:
    program = "import sys; block = bytearray(64 << 20); print(flush=True); sys.stdin.readline()"
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None and child.stdout is not None
    child.stdout.readline()
    holding = held(child.pid)
    child.stdin.close()
    child.wait()
    child.stdout.close()
    assert holding is not None
    assert 64 < holding.pss_mb < 128
    assert (holding.threads, holding.descriptors) == (1, 3)
    assert held(child.pid) is None


def test_two_processes_with_one_name_are_two_rows() -> None:
    mine, parent = os.getpid(), os.getppid()
    assert len(all_held({mine: "egress", parent: "egress"})) == 2


@pytest.mark.parametrize(
    ("last", "faults"),
    [
        (Holding(105.0, 8, 20), []),
        (Holding(90.0, 7, 19), []),
        (Holding(106.0, 8, 20), ["1.06 of its memory"]),
        (Holding(100.0, 9, 22), ["1 threads more than before", "2 descriptors more than before"]),
    ],
)
def test_memory_is_compared_with_the_warm_process_and_the_rest_with_the_new_one(
    last: Holding, faults: list[str]
) -> None:
    assert Growth(Holding(60.0, 8, 20), Holding(100.0, 12, 30), last).faults == faults


def test_the_first_step_is_the_warm_one() -> None:
    steps = {0: Holding(60.0, 8, 20), 50: SMALL, 100: SMALL, 150: Holding(120.0, 8, 20)}
    samples = {count: {"egress": holding} for count, holding in steps.items()}
    assert growths(samples) == {"egress": Growth(steps[0], steps[50], steps[150])}
    with pytest.raises(ValueError, match="two steps"):
        growths({0: {}, 50: {}})


def test_a_process_that_is_not_there_all_the_time_is_not_compared() -> None:
    samples = {0: {"a": SMALL, "b": SMALL}, 50: {"a": SMALL}, 100: {"a": SMALL, "b": SMALL}}
    assert list(growths(samples)) == ["a"]
