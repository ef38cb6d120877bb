"""What two builds' turns come to, on numbers made by hand."""

from pathlib import Path

from perf.client.crowd import Caller, Crowd
from perf.sessions.cpu import Use
from perf.sessions.load import level
from perf.sessions.versus_figures import SUPERVISOR, Build, Situation, Turn, tables_of

CROWD = Crowd(5.0, 0.2, [Caller([25, 25], [12.0], [1.0], [2.0], 0)] * 4, [])
NAMES = {1: "ringtalk serve", 2: "features inference", 3: "egress"}


def situation(cores: float) -> Situation:
    use = Use(
        {1: 0.04, 2: cores, 3: 2 * cores},
        0.5,
        {1: 4.0, 2: 40.0, 3: 80.0},
        {1: 8.0, 2: 80.0, 3: 160.0},
    )
    return Situation.of(use, NAMES, 4, 0.2, level(4, CROWD))


def turn(cores: float, late: float) -> Turn:
    found = Turn(start_mb=100.0, one_mb=110.0, many_mb=130.0, calls=4)
    found.idle, found.speaking = situation(cores / 2), situation(cores)
    found.alone = {"sound → sound": [late, late + 2]}
    return found


def test_a_session_has_its_share_of_every_process_and_the_rest_is_the_supervisors() -> None:
    found = situation(0.4)
    assert found.cores == {SUPERVISOR: 0.01, "features inference": 0.1, "egress": 0.2}
    assert found.wakes["egress"] == 20.0
    assert found.switches["egress"] == 40.0
    assert round(found.total, 9) == 0.31


def test_the_rows_are_medians_over_the_turns_and_this_builds_part_of_the_others() -> None:
    tables = tables_of([turn(0.2, 30.0), turn(0.4, 40.0), turn(9.0, 50.0)], [turn(0.8, 80.0)])
    row = tables["a session"]["speaking, thousandths of a core"]
    assert (round(float(row["this"]), 6), round(float(row["other"]), 6)) == (310.0, 610.0)
    assert round(float(row["ratio"]), 6) == round(310 / 610, 6)
    assert tables["a session"]["PSS of a session that speaks, MB"]["this"] == 5.0
    assert tables["speaking: by process, for a session"]["egress, cores ‰"]["this"] == 200.0
    late = tables["latencies, ms p50"]["alone: sound → sound"]
    assert (late["this"], late["other"], late["count"]) == (41.0, 81.0, "6, 2")


def test_what_was_not_measured_has_no_table() -> None:
    quick = turn(0.2, 30.0)
    quick.alone = {}
    assert "latencies, ms p50" not in tables_of([quick], [quick])


def test_a_folder_without_a_commit_says_so(tmp_path: Path) -> None:
    assert Build.of("other", tmp_path).commit == "no commit"
