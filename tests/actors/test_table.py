"""The table is the row of actors: every class is there, and heavy imports stay at home."""

import importlib
import subprocess
import sys

import pytest

from actors.table import TABLE
from runtime.actor import Actor
from runtime.actor_row import ActorRow
from runtime.layouts import RINGS, Stage

METHODS = [name for name in vars(Actor) if not name.startswith("_")]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row.name))
def test_every_row_names_an_actor(row: ActorRow) -> None:
    module, name = row.target.split(":")
    actor = getattr(importlib.import_module(module), name)
    for method in METHODS:
        assert callable(getattr(actor, method)), f"{row.target} lacks {method}"


def test_the_street_is_in_the_order_of_the_stages_and_walls() -> None:
    assert [row.name.upper() for row in TABLE] == [stage.name for stage in Stage]
    assert [ring for row in TABLE for ring in row.writes] == list(RINGS)
    straight = [ring for ring in RINGS if ring != "sound"]
    read = [ring for row in TABLE for ring in row.reads]
    assert read == [straight[-1], *straight[:-1], "sound"], "sound goes past the face"


def test_only_the_process_with_the_connections_takes_calls_with_it() -> None:
    assert [row.name for row in TABLE if not row.keeps] == ["egress"]
    for row in TABLE:
        neighbours = [other for other in TABLE if other.shared == row.shared]
        assert {other.keeps for other in neighbours} == {row.keeps}


def test_the_supervisor_and_the_light_actors_import_no_network() -> None:
    light = ["server.sessions.local_service", "actors.features.actor", "actors.compositor.actor"]
    code = f"import sys, {', '.join(light)}; print('onnxruntime' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
