"""What an avatar is made of: only files inside the folder that the settings name."""

import os
from pathlib import Path

import pytest

from runtime.errors import SourceForbidden
from server.sessions.avatar_source import LONGEST_NAME, allowed_source, source_name, stored_source


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "clips"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.mp4").write_bytes(b"a clip")
    (folder / "link.mp4").symlink_to(folder / "deep" / "a.mp4")
    (tmp_path / "secret.mp4").write_bytes(b"secret")
    (tmp_path / "clips-2").mkdir()
    (tmp_path / "clips-2" / "a.mp4").write_bytes(b"secret")
    (folder / "out.mp4").symlink_to(tmp_path / "secret.mp4")
    (folder / "up").symlink_to(tmp_path)
    (folder / "round").symlink_to(folder / "round")
    os.mkfifo(folder / "pipe.mp4")
    return folder


@pytest.mark.parametrize(
    "path", ["deep/a.mp4", "deep/../deep/a.mp4", "link.mp4", "{home}/link.mp4"]
)
def test_a_file_inside_is_opened(home: Path, path: str) -> None:
    opened, name = allowed_source(home, path.format(home=home))
    with os.fdopen(opened, "rb") as file:
        assert (file.read(), name) == (b"a clip", "a.mp4")


@pytest.mark.parametrize(
    "path",
    [
        *("../secret.mp4", "{home}/../secret.mp4", "out.mp4", "up/secret.mp4", "../clips-2/a.mp4"),
        *("/etc/passwd", "deep", "", ".", "pipe.mp4", "nothing.mp4", "round", "a\0b", "x" * 300),
        "/proc/self/environ",
    ],
)
def test_all_else_is_refused_alike(home: Path, path: str) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(SourceForbidden, match="is no file inside the folder that may be read"):
        allowed_source(home, path.format(home=home))
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a clip.mp4", "a clip.mp4"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("", "upload"),
        ("..", "upload"),
        (".hidden", "hidden"),
        ("数字人.mp4", "数字人.mp4"),
        ("a\nb\0c.mp4", "a_b_c.mp4"),
    ],
)
def test_a_client_s_name_becomes_a_file_s(given: str, kept: str) -> None:
    assert source_name(given) == kept


def test_a_long_name_keeps_its_ending() -> None:
    name = source_name("数" * 100 + ".mp4")
    assert name.endswith("数.mp4")
    assert len(name.encode()) <= LONGEST_NAME


def test_a_copy_is_kept(home: Path, tmp_path: Path) -> None:
    opened = os.open(home / "link.mp4", os.O_RDONLY)
    stored_source(opened, tmp_path / "copy")
    os.close(opened)
    assert (tmp_path / "copy").read_bytes() == b"a clip"
