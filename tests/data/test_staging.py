"""Whole or not at all: what is staged, what a killed process leaves, what comes back."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from data.staging import scratch, staged, staged_file, sweep

LONG_AGO = (0.0, 0.0)
HOLDS = """
import sys
from pathlib import Path
from data.staging import staged
with staged(Path(sys.argv[1])) as new:
    (new / "half").write_bytes(b"half")
    print("holds", flush=True)
    sys.stdin.read()
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_staged_appears_at_the_end_or_not_at_all(tmp_path: Path) -> None:
    with staged(tmp_path / "home" / "ada") as new:
        (new / "file").write_text("old")
        assert not (tmp_path / "home" / "ada").exists()
    with pytest.raises(RuntimeError), staged(tmp_path / "home" / "ada") as new:
        (new / "file").write_text("new")
        raise RuntimeError
    assert (tmp_path / "home" / "ada" / "file").read_text() == "old"
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["ada"]


def test_a_folder_can_be_read_by_whoever_the_umask_lets(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with staged(tmp_path / "ada") as new:
            (new / "clip.json").touch()
    finally:
        os.umask(before)
    assert (tmp_path / "ada").stat().st_mode & 0o777 == 0o750


def test_a_file_appears_at_the_end_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "home" / "ada.pth"
    with staged_file(target) as new:
        assert (new.suffix, new.parent) == (".pth", target.parent)
        new.write_bytes(b"first")
        assert not target.exists()
    with pytest.raises(RuntimeError), staged_file(target) as new:
        new.write_bytes(b"second")
        raise RuntimeError
    assert names(target.parent) == ["ada.pth"]
    assert target.read_bytes() == b"first"


def test_what_a_killed_process_left_goes_and_what_lives_stays(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, tmp_path / "ada"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"holds\n"
        [half] = tmp_path.iterdir()
        os.utime(half, LONG_AGO)
        sweep(tmp_path)
        assert half.exists(), "somebody writes to it"
        process.send_signal(signal.SIGKILL)
        process.wait()
    with scratch(tmp_path, "bert") as mine:
        assert names(tmp_path) == [mine.name]
    assert names(tmp_path) == []


def test_what_is_very_young_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / ".unfinished-ada-01234567").mkdir()
    (tmp_path / ".mine").mkdir()
    os.utime(tmp_path / ".mine", LONG_AGO)
    sweep(tmp_path)
    assert names(tmp_path) == [".mine", ".unfinished-ada-01234567"]


@pytest.mark.parametrize("there", [False, True])
def test_an_avatar_that_was_about_to_be_replaced_comes_back(tmp_path: Path, there: bool) -> None:
    old = tmp_path / ".replaced-ada-b-01234567"
    old.mkdir()
    (old / "old").touch()
    os.utime(old, LONG_AGO)
    if there:
        (tmp_path / "ada-b").mkdir()
    sweep(tmp_path)
    assert names(tmp_path) == ["ada-b"]
    assert (tmp_path / "ada-b" / "old").exists() is not there
