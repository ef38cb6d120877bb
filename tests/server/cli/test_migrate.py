"""From LiveTalking's folder to settings that ringtalk takes."""

import json
import stat
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from data.action import ActionHead, heads
from runtime.settings import load
from server.cli.livetalking_options import BY_FLAG, CannotRead, read
from server.cli.livetalking_settings import settings_of
from server.cli.main import app
from server.cli.migrate import name_of
from tests.actors.ingest.sounds import wav
from tests.data.imports.test_folders import live

CLIPS = ["--", "--customvideo_config", "data/custom_config.json", "--avatar_id", "anna.1"]
KEYS = (
    "TENCENT_APPID=1\nTENCENT_SECRET_KEY=hush2\nTENCENT_SECRET_ID=3\nDASHSCOPE_API_KEY=hush4\n"
    "DOUBAO_APPID=5\nDOUBAO_TOKEN=hush6\nAZURE_SPEECH_KEY=hush7\nAZURE_TTS_REGION=eastasia\n"
)


@pytest.fixture
def there(tmp_path: Path) -> Path:
    folder = tmp_path / "LiveTalking"
    folder.mkdir()
    (folder / "config.yaml").write_text("tts: qwentts\nmax_session: 7\nlistenport: 9000\nl: 10\n")
    (folder / ".env").write_text(KEYS)
    return folder


def migrate(folder: Path, *more: str) -> tuple[int, str]:
    output = str(folder.parent / "ringtalk.toml")
    result = CliRunner().invoke(app, ["migrate", str(folder), "-o", output, *more])
    return result.exit_code, result.output


def test_the_file_is_what_serve_takes_and_only_its_owners(there: Path) -> None:
    status, said = migrate(there)
    assert (status, "hush" in said) == (0, False)
    file = there.parent / "ringtalk.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    settings = load(file)
    assert (settings.port, settings.max_calls, settings.voice) == (9000, 7, "qwen")
    assert (settings.livetalking_status, settings.llm.key) == (True, "hush4")
    assert (settings.tts[0].key, settings.tts[0].voice) == ("hush4", "Cherry")


def test_nothing_is_overwritten_unless_it_is_said(there: Path) -> None:
    file = there.parent / "ringtalk.toml"
    file.write_text("mine")
    status, said = migrate(there)
    assert (status, "--force" in said, file.read_text()) == (2, True, "mine")
    assert migrate(there, "--force")[0] == 0
    assert load(file).max_calls == 7


def test_a_command_line_comes_before_the_file(there: Path) -> None:
    command = ["python", "app.py", "--tts", "xtts", "--REF_FILE", "data/a.wav", "--max_session=2"]
    found = settings_of(read(there, command), "anna")
    assert found.settings["max_calls"] == 2
    assert found.settings["avatar"] == "anna"
    assert found.settings["tts"] == [
        {
            "name": "xtts",
            "kind": "xtts",
            "url": "http://127.0.0.1:9880",
            "reference": str((there / "data/a.wav").resolve()),
            "reference_dir": str(there.resolve()),
        }
    ]


@pytest.mark.parametrize(
    ("tts", "kind"),
    [
        ("edgetts", "edge"),
        ("gpt-sovits", "gpt-sovits"),
        ("xtts", "xtts"),
        ("cosyvoice", "cosyvoice"),
        ("fishtts", "fish"),
        ("tencent", "tencent"),
        ("doubao", "doubao"),
        ("indextts2", "indextts"),
        ("azuretts", "azure"),
        ("qwentts", "qwen"),
        ("omnitts", "openai"),
    ],
)
def test_every_voice_has_its_counterpart(there: Path, tts: str, kind: str) -> None:
    status, _ = migrate(there, "--", "--tts", tts)
    assert status == 0
    [service] = load(there.parent / "ringtalk.toml").tts
    assert service.kind == kind
    assert bool(service.key) is (tts in ("tencent", "doubao", "azuretts", "qwentts"))


def test_what_has_no_counterpart_is_said(there: Path) -> None:
    status, said = migrate(there, "--", "--batch_size", "8", "--fps", "25", "--tts", "mytts")
    assert status == 0
    for word in ("batch_size = 8", "--tts mytts", "avatar_id = wav2lip256_avatar1", "cors_origins"):
        assert word in said
    assert "fps" not in said


@pytest.mark.parametrize(
    ("file", "text"),
    [("config.yaml", "a: [1"), ("config.yaml", "- 1"), ("config.yaml", "max_session: many")],
)
def test_a_file_that_cannot_be_read_is_named(there: Path, file: str, text: str) -> None:
    (there / file).write_text(text)
    with pytest.raises(CannotRead, match=file):
        read(there)
    status, said = migrate(there)
    assert (status, file in said.replace("\n", "")) == (1, True)


def test_a_wrong_command_line_is_named(there: Path) -> None:
    for command in (["--tts"], ["--nobody", "1"], ["--max_session", "x"]):
        with pytest.raises(CannotRead, match="command line"):
            read(there, command)


def test_an_avatar_that_cannot_be_imported_is_said_and_the_rest_goes_on(there: Path) -> None:
    (there / "data/avatars/broken").mkdir(parents=True)
    status, said = migrate(there)
    assert (status, "broken" in said) == (1, True)
    assert load(there.parent / "ringtalk.toml").avatar == "builtin"


def custom_clips(there: Path) -> Path:
    """LiveTalking's custom clips and two avatars; the cache beside it."""
    for avatar in ("anna.1", "ben"):
        live(there / "data" / "avatars" / avatar)
    folder = there / "data" / "customvideo" / "reply"
    folder.mkdir(parents=True)
    for number in range(3):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((96, 120, 3), 50 * number, np.uint8))
    (folder.parent / "reply.wav").write_bytes(wav(0.3))
    item = {
        "audiotype": 2,
        "imgpath": "data/customvideo/reply",
        "audiopath": "data/customvideo/reply.wav",
    }
    (there / "data" / "custom_config.json").write_text(json.dumps([item]))
    return there.parent / "cache" / "ringtalk" / "avatars" / "anna-1"


def test_custom_clips_become_actions_of_the_avatar_that_is_shown(
    there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(there.parent / "cache"))
    anna = custom_clips(there)
    reply = ActionHead("reply", False, True, 2, "sound.wav", "data/customvideo/reply")
    status, said = migrate(there, *CLIPS)
    assert (status, heads(anna)) == (0, [reply]), said
    assert load(there.parent / "ringtalk.toml").avatar == "anna-1"
    command = f"ringtalk avatar action import AVATAR {there}/data/custom_config.json --root {there}"
    assert command in said.replace("\n", ""), "LiveTalking plays them with every avatar"
    (there.parent / "ringtalk.toml").unlink()
    status, said = migrate(there, *CLIPS)
    assert (status, "anna-1: has the actions of" in said) == (0, True), (
        "a second run changes nothing"
    )
    assert migrate(there, "--force", *CLIPS)[0] == 0
    assert heads(anna) == [reply]


def test_custom_clips_that_cannot_be_taken_are_said_and_the_rest_goes_on(
    there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(there.parent / "cache"))
    anna = custom_clips(there)
    (there / "data/customvideo/reply.wav").unlink()
    status, said = migrate(there, *CLIPS)
    assert (status, heads(anna)) == (1, [])
    assert "there is no file 'data/customvideo/reply.wav'" in said
    assert load(there.parent / "ringtalk.toml").avatar == "anna-1"
    status, said = migrate(there, "--force", *CLIPS[:3])
    assert (status, "no avatar is there to take it" in said) == (0, True)


@pytest.mark.parametrize(
    ("folder", "name"),
    [("wav2lip256_avatar1", "wav2lip256_avatar1"), ("my.avatar", "my-avatar"), ("mira", "my_mira")],
)
def test_names(folder: str, name: str) -> None:
    assert name_of(folder) == name
    assert name_of("数字人1").isascii()


@pytest.mark.parametrize("flag", sorted(BY_FLAG))
def test_serve_says_what_an_option_of_livetalkings_is(flag: str) -> None:
    result = CliRunner().invoke(app, ["serve", flag, "7"])
    if flag in ("--transport",):
        return  # serve's own, where it has one
    assert result.exit_code == 2
    said = " ".join(result.output.replace("│", "").split())
    assert "it is LiveTalking's" in said
    assert f"-- {flag} 7" in said
