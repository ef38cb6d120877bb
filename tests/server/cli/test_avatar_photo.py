"""`ringtalk avatar create --engine builtin` makes an avatar of a photo, or says why not."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from data.atlas import FaceAtlas
from data.clip import Clip
from data.making import photo, photo_avatar
from server.cli import avatar
from tests.data.making.rendered import few_mouths, photo_of


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(photo, "FRAMES", 5)
    monkeypatch.setattr(photo_avatar, "FRAMES", 5)
    monkeypatch.setattr(photo_avatar, "lending_head", few_mouths)
    return tmp_path / "cache" / "ringtalk" / "avatars"


def create(source: Path, *options: str) -> Result:
    app = typer.Typer()
    avatar.register(app)
    return CliRunner().invoke(app, ["avatar", "create", "anna", "--from", str(source), *options])


def test_a_photo_becomes_an_avatar_of_the_builtin_engine(home: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.jpg"), photo_of(few_mouths()))
    made = create(tmp_path / "a.jpg", "--background", "#203040")
    assert made.exit_code == 0, made.output
    assert "any background" in made.output
    assert "anna is made for the engine builtin" in made.output, "no weights are there"
    assert "anna: 5 frames, 5 mouths, mouth 1" in made.output
    clip = Clip.load(home / "anna")
    assert clip.engine == "builtin"
    assert len(FaceAtlas.of(clip).mouths) == 5
    assert (home / "anna" / "sheet.png").is_file()
    assert clip.behind is not None
    corner = cv2.cvtColor(np.ascontiguousarray(clip.frames[0]), cv2.COLOR_YUV2BGR_I420)[4, 4]
    assert corner.argmax() == 0, "blue more than anything"
    assert corner.max() < 90


def test_what_is_wrong_with_a_photo_is_said(home: Path, tmp_path: Path) -> None:
    small = cv2.resize(photo_of(few_mouths()), (160, 160), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(tmp_path / "a.png"), np.asarray(small))
    refused = create(tmp_path / "a.png", "--engine", "builtin", "--face", "1")
    assert refused.exit_code == 1
    assert "the mouth is too small in the photo" in refused.output
    assert not (home / "anna").exists()


def test_what_is_no_background_is_said(home: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), photo_of(few_mouths()))
    refused = create(tmp_path / "a.png", "--background", "navy")
    assert refused.exit_code == 1
    assert "'navy' as a background: neither a colour such as #204060 nor" in refused.output
    assert not (home / "anna").exists()
