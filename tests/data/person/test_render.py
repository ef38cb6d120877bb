"""A tiny person from end to end, where Blender and the base mesh are installed."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("bpy", reason="Blender's module lives in an environment of its own")

from data.head import load_head
from data.person.render import MouthTable, make
from data.person.scene import Quality

NAMES = ["jaw", "spread", "round", "close", "upl", "fv", "teeth", "tong"]
TABLE = MouthTable(NAMES, [[0.0] * 8, [0.9, 0, 0, 0, 0.4, 0, 0, 0]])


def test_a_person_is_made_and_a_cut_run_goes_on(tmp_path: Path) -> None:
    make("tomas", tmp_path, Quality(samples=1), 1, TABLE)
    head = load_head(tmp_path)
    assert (head.opacity[300:400, 220:290] == 255).all() and not head.opacity[:150, :60].any()
    apart = np.abs(head.mouths[1].astype(int) - head.mouths[0])
    assert apart[20:120, 40:140].mean() > 5
    first = (tmp_path / "parts/lid0.png").stat().st_mtime_ns
    (tmp_path / "parts/mouth001.png").unlink()
    make("tomas", tmp_path, Quality(samples=1), 1, TABLE)
    assert (tmp_path / "parts/lid0.png").stat().st_mtime_ns == first
    assert (tmp_path / "parts/mouth001.png").is_file()
