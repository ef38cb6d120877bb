"""`ringtalk avatar` makes, imports and lists; what is wrong is said in one line."""

import pickle
import re
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pytest
import typer
from skimage import data
from typer.testing import CliRunner, Result

from data.clip import Clip
from server.cli import avatar
from tests.data.pictures import png_claiming

ASTRONAUT: Final = Path(data.__file__).parent / "astronaut.png"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache" / "ringtalk" / "avatars"


def run(*arguments: str) -> Result:
    app = typer.Typer()
    avatar.register(app)
    return CliRunner().invoke(app, ["avatar", *arguments])


def live_folder(folder: Path) -> Path:
    for name, size in (("full_imgs", (120, 100)), ("face_imgs", (96, 96))):
        (folder / name).mkdir(parents=True)
        for number in range(3):
            picture = np.full((size[1], size[0], 3), 60 * number + 40, np.uint8)
            cv2.imwrite(str(folder / name / f"{number}.png"), picture)
    (folder / "coords.pkl").write_bytes(pickle.dumps([(10, 90, 20, 100)] * 3))
    return folder


def test_a_photo_becomes_an_avatar_that_is_listed(home: Path, tmp_path: Path) -> None:
    face = np.asarray(cv2.imread(str(ASTRONAUT)))[:300, 60:400]
    cv2.imwrite(str(tmp_path / "a.jpg"), face)
    made = run("create", "eileen", "--from", str(tmp_path / "a.jpg"), "--engine", "wav2lip")
    assert made.exit_code == 0, made.output
    assert "eileen: 200 frames" in made.output
    assert (home / "eileen" / "sheet.png").is_file()
    assert Clip.load(home / "eileen").engine == "wav2lip"
    listed = run("list").output
    assert "builtin" in listed
    assert "eileen" in listed


def test_a_folder_is_imported_once(home: Path, tmp_path: Path) -> None:
    source = str(live_folder(tmp_path / "anna"))
    done = run("import", source)
    assert done.exit_code == 0, done.output
    assert "anna: wav2lip, 120 x 100, faces of 96 px, 6 frames" in done.output
    again = run("import", source)
    assert again.exit_code == 2
    assert "there is an avatar 'anna' already" in again.output
    assert run("import", source, "--replace").exit_code == 0
    assert run("import", source, "--name", "bert").exit_code == 0
    assert sorted(path.name for path in home.iterdir()) == ["anna", "bert"]


@pytest.mark.parametrize(
    ("folder", "called"),
    [("数字人1", "ShuZiRen1"), ("my.avatar", "my-avatar"), ("Jörg Müller", "Jorg-Muller")],
)
def test_a_folder_of_any_name_is_imported(
    folder: str, called: str, home: Path, tmp_path: Path
) -> None:
    done = run("import", str(live_folder(tmp_path / folder)))
    assert done.exit_code == 0, done.output
    assert f"is called {called}; --name NAME calls it otherwise" in done.output
    assert Clip.load(home / called).name == called


@pytest.mark.parametrize("folder", ["___", "mira", "..."])
def test_a_folder_whose_name_is_none_says_the_way_out(
    folder: str, home: Path, tmp_path: Path
) -> None:
    done = run("import", str(live_folder(tmp_path / folder)))
    assert done.exit_code == 2
    assert "is no name for an avatar" in done.output
    assert "--name NAME" in done.output


def test_a_name_that_is_none_is_told_with_one_that_is(home: Path, tmp_path: Path) -> None:
    done = run("import", str(live_folder(tmp_path / "anna")), "--name", "数字人 2")
    assert done.exit_code == 2
    assert "ShuZiRen-2 is one" in done.output


def test_names_are_listed_whole_where_the_terminal_is_narrow(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "a-name-of-sixty-letters-that-is-far-wider-than-the-terminal-is"
    assert run("import", str(live_folder(tmp_path / "anna")), "--name", name).exit_code == 0
    monkeypatch.setenv("COLUMNS", "30")
    listed = run("list").output
    assert name in listed
    assert "mira-landscape" in listed
    assert "…" not in listed


def test_a_folder_for_another_engine_is_refused(home: Path, tmp_path: Path) -> None:
    done = run("import", str(live_folder(tmp_path / "anna")), "--engine", "musetalk1")
    assert done.exit_code == 1
    assert "is for wav2lip or wav2lip256, not for musetalk1" in done.output
    assert not (home / "anna").exists()


def test_an_ultralight_folder_brings_its_network(home: Path, tmp_path: Path) -> None:
    source = live_folder(tmp_path / "anna")
    for path in (source / "face_imgs").iterdir():
        cv2.imwrite(str(path), np.full((168, 168, 3), 99, np.uint8))
    (source / "ultralight.pth").write_bytes(b"not read here")
    done = run("import", str(source))
    assert done.exit_code == 0, done.output
    assert Clip.load(home / "anna").engine == "ultralight"
    assert (home.parent / "models" / "ultralight" / "anna.pth").read_bytes() == b"not read here"


def test_a_musetalk_avatar_gets_latents(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    diffusers = pytest.importorskip("diffusers")
    vae = diffusers.AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(4,) * 4,
        layers_per_block=1,
        norm_num_groups=2,
        sample_size=256,
    )
    vae.save_pretrained(home.parent / "models" / "sd-vae")
    monkeypatch.setattr("data.making.photo.FRAMES", 10)
    face = np.asarray(cv2.imread(str(ASTRONAUT)))[:300, 60:400]
    cv2.imwrite(str(tmp_path / "a.png"), face)
    made = run("create", "m", "--from", str(tmp_path / "a.png"), "--engine", "musetalk")
    assert made.exit_code == 0, made.output
    latents = Clip.load(home / "m").engine_arrays["latents"]
    assert latents.shape == (10, 8, 32, 32)
    assert latents.dtype == np.float16
    assert latents.std() > 0


def test_a_folder_with_code_is_refused_by_name(home: Path, tmp_path: Path) -> None:
    source = live_folder(tmp_path / "anna")
    (source / "coords.pkl").write_bytes(b"cposix\nsystem\n(S'true'\ntR.")
    done = run("import", str(source))
    assert done.exit_code == 1
    assert "tries to load 'posix.system', which is refused" in done.output
    assert not (home / "anna").exists()


@pytest.mark.parametrize(
    "name", ["../x", "", ".x", "builtin", "builtin-2", "mira", "mira-landscape", "a/b", "x" * 65]
)
def test_a_name_that_is_none_is_refused(name: str, home: Path) -> None:
    done = run("create", name, "--from", "a.png")
    assert done.exit_code == 2
    assert "is no name for an avatar" in done.output
    assert not home.exists()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--from", "none.mp4"], 1, "none.mp4: no such file"),
        (["--from", "none.mp4", "--engine", "dalle"], 2, "allowed: builtin, musetalk"),
        (["--from", "none.mp4", "--engine", "musetalk"], 1, "a MuseTalk avatar needs"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], status: int, said: str, home: Path) -> None:
    done = run("create", "a", *arguments)
    assert done.exit_code == status
    assert said in done.output


def test_names_are_never_cut(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    longest = "a" * 30 + "-" + "b" * 33
    (home / longest).mkdir(parents=True)
    shown = run("list").output
    assert longest in shown
    assert "tomas-landscape" in shown
    assert str(home / longest / "clip.json") in shown, "what is wrong with it is whole too"


@pytest.mark.parametrize("command", ["create", "import"])
def test_a_cache_that_cannot_be_written_to_is_one_line(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    source = str(live_folder(tmp_path / "anna"))
    arguments = ("a", "--from", str(ASTRONAUT)) if command == "create" else (source,)
    done = run(command, *arguments)
    assert done.exit_code == 1
    (line,) = done.output.splitlines()
    assert line.startswith(f"ringtalk: {tmp_path / 'file' / 'ringtalk' / 'avatars'}: is no folder")
    assert "set cache_dir (or XDG_CACHE_HOME)" in line


FILES = {
    "photo.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC, .*save it as JPEG"),
    "clip.mp4": (b"#EXTM3U\n#EXTINF:1,\nother.ts\n", "it is a playlist .*Allowed: MP4"),
    "photo.png": (png_claiming(60_000), "claims 60000 x 60000 pixels; 16384 a side"),
    "photo": (png_claiming(20_000), "claims 20000 x 20000 pixels"),
    "nothing.jpg": (b"hello", "cannot be read as a video or a photo; allowed are MP4.*JPEG"),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("engine", ["wav2lip", "builtin"])
def test_what_is_no_clip_or_photo_is_said_in_one_line(
    name: str, engine: str, home: Path, tmp_path: Path
) -> None:
    content, said = FILES[name]
    (tmp_path / name).write_bytes(content)
    done = run("create", "a", "--from", str(tmp_path / name), "--engine", engine)
    assert done.exit_code == 1
    line = done.output.strip().splitlines()[-1]
    assert line.startswith(f"ringtalk: {name}: ")
    assert re.search(said, line)
    assert not (home / "a").exists()


def test_an_imported_picture_that_claims_too_much_is_said_in_one_line(
    home: Path, tmp_path: Path
) -> None:
    source = live_folder(tmp_path / "anna")
    (picture, *_) = sorted((source / "full_imgs").iterdir())
    picture.write_bytes(png_claiming(20_000))
    done = run("import", str(source))
    assert done.exit_code == 1
    assert f"{picture}: claims 20000 x 20000 pixels" in done.output.strip().splitlines()[-1]


def test_a_broken_avatar_is_listed_as_broken(home: Path) -> None:
    (home / "lost").mkdir(parents=True)
    done = run("list")
    assert done.exit_code == 0
    assert "broken" in done.output


def test_the_built_in_people_are_listed_before_they_are_prepared(home: Path) -> None:
    listed = run("list")
    assert listed.exit_code == 0
    [mira] = [line for line in listed.output.splitlines() if " mira " in line]
    assert "builtin" in mira and "512 x 512" in mira and "any" in mira
    assert "by the first session" in mira
    assert not home.exists()
