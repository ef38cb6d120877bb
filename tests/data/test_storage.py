"""What cannot be stored is said in one line that names the folder and what is needed."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from data.staging import staged, staged_file
from data.storage import CannotStore, require_writable, reserve, reserved, storing


def a_file(tmp_path: Path) -> Path:
    (tmp_path / "file").write_bytes(b"")
    return tmp_path / "file" / "ringtalk"


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def one_line(found: pytest.ExceptionInfo[CannotStore], folder: Path) -> str:
    said = str(found.value)
    assert "\n" not in said
    assert said.startswith(f"{folder}: ")
    assert "cache_dir (or XDG_CACHE_HOME)" in said
    return said


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    folder = a_file(tmp_path)
    for place in (folder, folder.parent):
        with pytest.raises(CannotStore) as found:
            require_writable(place)
        assert "is no folder" in one_line(found, place)
    with pytest.raises(CannotStore), staged(folder / "a"):
        pass
    with pytest.raises(CannotStore), staged_file(folder / "a.txt"):
        pass


def test_a_folder_of_the_kernel_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotStore) as found:
        require_writable(Path("/proc/ringtalk"))
    assert "cannot be written to" in one_line(found, Path("/proc/ringtalk"))


def test_a_full_disk_is_named_with_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(CannotStore) as found, staged(tmp_path / "a") as new:
        reserved(new / "frames.npy", (100, 1000, 1000))
    assert "100.0 MB are needed, " in one_line(found, tmp_path)
    assert not list(tmp_path.iterdir()), "nothing stays"
    with pytest.raises(CannotStore):
        require_writable(tmp_path)


def test_a_disk_that_is_full_while_it_is_written_to_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotStore) as found, staged(tmp_path / "a"):
        full()
    assert "No space left on device" in one_line(found, tmp_path)


def test_what_has_room_is_reserved(tmp_path: Path) -> None:
    array = reserved(tmp_path / "a.npy", (3, 4))
    array[1] = 7
    assert (tmp_path / "a.npy").stat().st_blocks > 0
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy")[1], 7)
    with (tmp_path / "b").open("wb") as file:
        reserve(file, 0)


def test_a_file_system_that_cannot_reserve_is_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "no")

    monkeypatch.setattr(os, "posix_fallocate", cannot)
    assert reserved(tmp_path / "a.npy", (3, 4)).shape == (3, 4)


def test_what_is_wrong_with_another_file_is_not_blamed_on_the_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), storing(tmp_path / "cache"):
        (tmp_path / "source.mp4").read_bytes()
    with pytest.raises(IsADirectoryError), storing(tmp_path / "cache"):
        tmp_path.read_bytes()
