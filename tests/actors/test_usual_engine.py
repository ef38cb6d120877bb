"""An avatar is made for a neural engine whose weights are there, else for the built-in one."""

from pathlib import Path

from actors.avatars import weights_in
from actors.usual_engine import usual_engine


def test_without_weights_it_is_the_built_in_one(tmp_path: Path) -> None:
    assert usual_engine(tmp_path) == "builtin"


def test_weights_that_are_there_are_used(tmp_path: Path) -> None:
    weights = weights_in(tmp_path)
    weights.mkdir(parents=True)
    (weights / "wav2lip.pth").write_bytes(b"")
    assert usual_engine(tmp_path) == "wav2lip"
    (weights / "wav2lip256.pth").write_bytes(b"")
    assert usual_engine(tmp_path) == "wav2lip256"
