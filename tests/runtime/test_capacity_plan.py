"""What `max_calls = auto` stands for: a plan of this machine, or a careful number."""

from pathlib import Path

import pytest

from runtime.capacity_plan import (
    MOST,
    WITHOUT_A_PLAN,
    CapacityPlan,
    cores_here,
    keep_plan,
    planned_calls,
    read_plan,
)
from runtime.settings import BadSettings, load


def plan(calls: int = 21, avatar: str = "mira", cores: int | None = None) -> CapacityPlan:
    return CapacityPlan(avatar, calls, "one thread", 0.06, cores or cores_here())


def test_a_plan_is_kept_for_its_avatar(tmp_path: Path) -> None:
    keep_plan(tmp_path, plan(20))
    keep_plan(tmp_path, plan(21))
    keep_plan(tmp_path, plan(9, "anna"))
    assert planned_calls(tmp_path, "mira") == 21
    assert planned_calls(tmp_path, "anna") == 9
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("bad", [b"", b"{}", b'{"calls": "many"}'])
def test_what_is_no_plan_of_this_machine_is_none(tmp_path: Path, bad: bytes) -> None:
    careful = min(MOST, WITHOUT_A_PLAN * cores_here())
    assert planned_calls(tmp_path, "mira") == careful
    keep_plan(tmp_path, plan(cores=cores_here() + 1))
    assert read_plan(tmp_path, "mira") is None
    keep_plan(tmp_path, plan(MOST + 1))
    assert planned_calls(tmp_path, "mira") == careful
    (tmp_path / "capacity" / "mira.json").write_bytes(bad)
    assert planned_calls(tmp_path, "mira") == careful


def test_auto_is_the_number_of_the_avatar_that_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    keep_plan(tmp_path, plan(9, "anna"))
    given = {"max_calls": "auto", "cache_dir": str(tmp_path)}
    assert load(overrides={**given, "avatar": "anna"}).max_calls == 9
    assert load(overrides=given).max_calls == min(MOST, WITHOUT_A_PLAN * cores_here())
    assert load(overrides={"max_calls": "7"}).max_calls == 7
    with pytest.raises(BadSettings, match="max-calls"):
        load(overrides={"max_calls": "many"})
