"""A long run's arithmetic: lives of processes, what clients noticed, whose doing it was."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from perf.client.soak_caller import Visit
from perf.report import Machine, Report
from perf.sessions.holding import Holding
from perf.sessions.soak import tell
from perf.sessions.soak_faults import Kill
from perf.sessions.soak_figures import Sample, ends, lives, near, noticed
from perf.sessions.soak_page import plots_of
from perf.sessions.soak_record import SoakRecord, record_of

SECOND = 1_000_000_000
KILL = Kill(100 * SECOND, "egress", 2.0)


def samples(*memory: float, pid: int = 7, threads: int = 8) -> list[Sample]:
    return [
        Sample(n * 30 * SECOND, 3, 1.0, {("egress", pid): Holding(mb, threads, 20)})
        for n, mb in enumerate(memory)
    ]


def test_a_process_that_warms_up_and_stays_has_not_grown() -> None:
    (life,) = lives(samples(*[60.0] * 10, *[100.0] * 30))
    assert (life.early.pss_mb, life.late.pss_mb, life.faults) == (100.0, 100.0, [])


def test_a_process_that_grows_all_the_time_has() -> None:
    (life,) = lives(samples(*(100.0 + n for n in range(40))))
    assert life.faults == ["1.17 of its memory"]
    (life,) = lives([*samples(*[100.0] * 30), *samples(*[100.0] * 10, threads=9)])
    assert life.faults == ["more threads"]


def test_what_is_open_for_a_while_is_no_leak() -> None:
    busy = [*samples(*[100.0] * 9, threads=9), *samples(100.0)]
    (life,) = lives([*samples(*[100.0] * 30), *busy])
    assert life.faults == []


def test_only_samples_with_as_many_sessions_are_compared() -> None:
    busy = [
        Sample(n * 30 * SECOND, 5, 1.0, {("egress", 7): Holding(500.0, 8, 90)}) for n in range(9)
    ]
    (life,) = lives([*samples(*[100.0] * 20), *busy])
    assert (life.samples, life.faults) == (20, [])
    assert lives([]) == []


def test_each_life_is_judged_alone_and_a_short_one_not_at_all() -> None:
    long, short = samples(*[100.0] * 25, pid=7), samples(*[300.0] * 5, pid=8)
    assert [life.pid for life in lives([*long, *short])] == [7]


def test_what_comes_around_a_kill_is_the_kills() -> None:
    pairs = [(90 * SECOND, 50.0), (101 * SECOND, 50.0), (111 * SECOND, 60.0), (113 * SECOND, 60.0)]
    found = noticed(pairs, [KILL], [], 2)
    assert [ms for _, ms in found.own] == [50.0, 60.0]
    assert len(found.killed) == 2
    assert noticed(pairs, [], [], 2).own == pairs


def test_what_comes_on_a_crowded_machine_is_the_machines() -> None:
    loads = [Sample(0, 3, 1.5, {}), Sample(30 * SECOND, 3, 5.0, {})]
    found = noticed([(10 * SECOND, 50.0), (20 * SECOND, 60.0)], [], loads, 2)
    assert (found.own, found.crowded) == ([(10 * SECOND, 50.0)], [(20 * SECOND, 60.0)])


def test_a_gap_that_began_by_a_kill_is_the_kills_however_late_it_ends() -> None:
    assert noticed([(130 * SECOND, 25_000.0)], [KILL], [], 2).own == []
    assert near(130 * SECOND, 105 * SECOND, [KILL])
    assert not near(130 * SECOND, 113 * SECOND, [KILL])


def test_a_process_that_never_came_back_is_around_for_a_minute() -> None:
    assert near(150 * SECOND, 150 * SECOND, [Kill(100 * SECOND, "egress", None)])


def test_visits_are_counted_by_their_end() -> None:
    visits = [
        Visit(10 * SECOND, 20 * SECOND, "goodbye"),
        Visit(30 * SECOND, 108 * SECOND, "stalled"),
        Visit(200 * SECOND, 201 * SECOND, "refused: /offer: 503 full"),
        Visit(101 * SECOND, 102 * SECOND, "refused: /offer: 503 not ready"),
    ]
    assert ends(visits, [KILL]) == {
        "goodbye": 1,
        "stalled, by a kill": 1,
        "refused": 1,
        "refused, by a kill": 1,
    }


def test_plots_are_drawn_of_what_there_is_and_of_nothing() -> None:
    visit = Visit(0, 90 * SECOND, "goodbye", [(SECOND, 50.0)], [(SECOND, 500.0)], [(SECOND, -4.0)])
    for plots in (plots_of(0, samples(60.0, 61.0), [visit], [KILL]), plots_of(0, [], [], [])):
        assert len(plots) == 8
        for plot in plots:
            ElementTree.fromstring(plot)


def test_a_run_is_read_again_as_it_was_written(tmp_path: Path) -> None:
    visit = Visit(0, 90 * SECOND, "goodbye", [(SECOND, 50.0)], [], [(SECOND, -4.0)])
    record = SoakRecord(Machine.here(), 0, samples(60.0, 61.0), [visit], [KILL])
    report = Report("soak", record.machine, raw=record.tree())
    report.write(tmp_path / "soak.json")
    again = record_of(tmp_path / "soak.json")
    assert again.samples == record.samples
    assert again.kills == record.kills
    assert again.tree() == record.tree()
    assert tell(again, tmp_path, quiet=True) is False, (
        "a gap without a kill, on a machine with room"
    )
    assert record_of(tmp_path / "soak.json").tree() == record.tree()
    assert "<svg" in (tmp_path / "soak.html").read_text()


@pytest.mark.parametrize("text", ["{}", '{"raw": 1}', "[]", "no JSON"])
def test_another_file_is_no_run(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"soak|Expecting"):
        record_of(path)
