"""A tiny person from end to end, where Blender and the base mesh are installed."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

pytest.importorskip("bpy", reason="Blender's module lives in an environment of its own")

from data.build.person.mouth_table import MouthTable, mouth_table
from data.build.person.render import make
from data.build.person.scene import Quality
from data.head import load_head

NAMES = ["jaw", "spread", "round", "close", "upl", "fv", "teeth", "tong"]
TABLE = MouthTable(NAMES, [[0.0] * 8, [0.9, 0, 0, 0, 0.4, 0, 0, 0]])


def test_a_person_is_made_and_a_cut_run_goes_on(tmp_path: Path) -> None:
    make("tomas", tmp_path, Quality(samples=1), 1, TABLE)
    head = load_head(tmp_path)
    assert (head.opacity[570:720, 586:691] == 255).all() and not head.opacity[:100, :300].any()
    chest = head.opacity[-1]
    assert (chest[400:880] == 255).all() and not chest[:60].any() and not chest[-60:].any()
    apart = np.abs(head.mouths[1].astype(int) - head.mouths[0])
    assert apart[30:180, 60:210].mean() > 5
    raised = np.abs(head.brows[2].astype(int) - head.brow_box.of(head.picture))
    assert raised[30:80, 40:130].mean() > raised[:20].mean() + 2
    first = (tmp_path / "parts/lid0.png").stat().st_mtime_ns
    (tmp_path / "parts/mouth001.png").unlink()
    make("tomas", tmp_path, Quality(samples=1), 1, TABLE)
    assert (tmp_path / "parts/lid0.png").stat().st_mtime_ns == first
    assert (tmp_path / "parts/mouth001.png").is_file()


def test_a_table_can_be_cut_where_it_matters_least(tmp_path: Path) -> None:
    states = tmp_path / "states.json"
    states.write_bytes(msgspec.json.encode({"parameters": NAMES, "states": TABLE.states}))
    assert mouth_table(states) == TABLE
    assert mouth_table(states, 1) == MouthTable(NAMES, TABLE.states[:1])
    assert not any(mouth_table().states[0])
