"""Which files a request may name."""

from pathlib import Path

import pytest

from models.voice.remote.recordings import is_recording, recording_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "voices"
    (inside / "deep").mkdir(parents=True)
    for name in ("anna.wav", "deep/bert.MP3", "notes.txt", ".env"):
        (inside / name).write_bytes(b"x")
    (tmp_path / "outside.wav").write_bytes(b"secret")
    (inside / "link.wav").symlink_to(tmp_path / "outside.wav")
    (inside / "odd.wav").symlink_to(inside / "notes.txt")
    (inside / "loop.wav").symlink_to(inside / "loop.wav")
    (inside / "folder.wav").mkdir()
    return inside


@pytest.mark.parametrize("name", ["anna.wav", "./anna.wav", "deep/bert.MP3", "deep/../anna.wav"])
def test_a_recording_of_the_folder_is_found(folder: Path, name: str) -> None:
    assert recording_in(str(folder), name) == (folder / name).resolve()
    assert recording_in(str(folder), str(folder / name)) == (folder / name).resolve()


@pytest.mark.parametrize(
    "name",
    [
        "../outside.wav",
        "link.wav",
        "odd.wav",
        "loop.wav",
        "folder.wav",
        "notes.txt",
        ".env",
        "",
        "nobody.wav",
        "/etc/passwd",
        "/proc/self/environ",
        "a\0.wav",
        "a" * 5000 + ".wav",
        "~/a.wav",
    ],
)
def test_nothing_else_is(folder: Path, name: str) -> None:
    assert recording_in(str(folder), name) is None


def test_nothing_is_without_a_folder(folder: Path) -> None:
    assert recording_in("", str(folder / "anna.wav")) is None


@pytest.mark.parametrize(
    ("name", "recording"),
    [
        ("data:audio/wav;base64,AA==", True),
        ("http://a.example/x", True),
        ("refs/anna", True),
        ("C:\\refs\\anna", True),
        ("anna.WAV", True),
        ("zh-CN-YunxiaNeural", False),
        ("S_1.2", False),
        ("vivian", False),
    ],
)
def test_a_recording_is_told_from_a_voices_name(name: str, recording: bool) -> None:
    assert is_recording(name) is recording
