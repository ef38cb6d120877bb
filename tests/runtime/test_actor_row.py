"""Restart policy and placement."""

from actors.table import TABLE
from runtime.actor_row import Restart
from runtime.layouts import RINGS, Stage
from runtime.supervisor import place


def test_back_off_doubles_up_to_its_bound() -> None:
    policy = Restart(first_seconds=0.1, most_seconds=1.0)
    delays = [policy.delay(deaths) for deaths in (1, 2, 3, 4, 5, 6, 60)]
    assert delays == [0.0, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]


def test_every_wall_has_one_writer_and_one_reader_and_they_are_neighbours() -> None:
    for ring in RINGS:
        (writer,) = [row.name for row in TABLE if ring in row.writes]
        (reader,) = [row.name for row in TABLE if ring in row.reads]
        if ring == "sound":  # it goes past the face
            assert (writer, reader) == ("ingest", "egress")
        else:
            assert Stage[reader.upper()] == (Stage[writer.upper()] + 1) % len(Stage)


def test_shared_placement_joins_rows_and_separate_gives_each_its_process() -> None:
    shared = dict(place(TABLE, "shared", 1))
    assert [row.name for row in shared["face"]] == ["features", "inference", "compositor"]
    assert [name for name, _ in place(TABLE, "separate", 1)] == [row.name for row in TABLE]


def test_only_rows_that_say_many_are_copied() -> None:
    names = [name for name, _ in place(TABLE, "separate", 2)]
    assert names == ["ingest", "features", "inference", "compositor", "egress-0", "egress-1"]
