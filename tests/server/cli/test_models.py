"""`ringtalk models`: what is there, what comes from a hub, what is wrong with a file."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner, Result

from actors import weights
from models.face.published import SETS
from models.face.ultralight.sizes import WIDTHS
from models.face.wav2lip.network import SIZE_96
from models.face.weights import own, read_weights
from server.cli.main import app
from tests.models.face import tiny
from tests.models.face.hub_server import Hub, running


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of weights, empty, of a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache" / "ringtalk" / "models"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with all sets that are on one; each file holds its own name."""
    with running() as hub:
        for each in SETS.values():
            for part in each.parts:
                if each.hub is not None:
                    data = part.remote.encode()
                    large = not part.remote.endswith(".json")
                    hub.add(each.hub.repository, each.hub.revision, part.remote, data, large)
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.endpoint)
        monkeypatch.setattr(
            "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
            hub.endpoint + "/{repo_id}/resolve/{revision}/{filename}",
        )
        yield hub


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["models", *arguments])


def row(name: str) -> list[str]:
    """The cells of a set's row in the list."""
    listed = run("list")
    assert listed.exit_code == 0, listed.output
    rows = [line.strip("│ ").split("│") for line in listed.stdout.splitlines()]
    [cells] = [cells for cells in rows if cells[0].strip() == name]
    return [cell.strip() for cell in cells]


def test_the_list_says_what_is_missing_and_what_is_there(cache: Path) -> None:
    assert row("whisper")[1:3] == ["musetalk, musetalk1", "missing"]
    assert row("wav2lip256")[2:4] == ["missing, not on the hub", "about 215 MB"]
    (cache / "sd-vae").mkdir(parents=True)
    (cache / "sd-vae" / "config.json").touch()
    (cache / "wav2lip.safetensors").write_bytes(bytes(1_500_000))
    assert row("sd-vae")[2].startswith("incomplete, lacks diffusion_pytorch_model.safetensors")
    assert row("wav2lip")[2:] == ["present", "1.5 MB", str(cache)]


def test_an_engines_name_pulls_all_that_it_needs(cache: Path, hub: Hub) -> None:
    done = run("pull", "musetalk")
    assert done.exit_code == 0, done.output
    made = sorted(str(path.relative_to(cache)) for path in cache.rglob("*") if path.is_file())
    assert made == [
        "musetalkV15/musetalk.json",
        "musetalkV15/unet.pth",
        "sd-vae/config.json",
        "sd-vae/diffusion_pytorch_model.safetensors",
        "whisper/config.json",
        "whisper/model.safetensors",
        "whisper/preprocessor_config.json",
    ]
    assert (cache / "musetalkV15" / "unet.pth").read_bytes() == b"musetalkV15/unet.pth"
    assert f"{cache / 'musetalkV15' / 'unet.pth'}: fetched, 20 bytes, its hash is right" in (
        done.stdout
    )
    assert "licence: any purpose" in done.stdout
    assert row("musetalk")[2] == "present"
    again = run("pull", "musetalk", "whisper")
    assert again.exit_code == 0
    assert again.stdout.count("there already") == 7


def test_what_was_converted_is_kept(cache: Path, hub: Hub) -> None:
    (cache / "musetalkV15").mkdir(parents=True)
    (cache / "musetalkV15" / "unet.safetensors").write_bytes(b"mine")
    done = run("pull", "musetalk")
    assert done.exit_code == 0, done.output
    assert f"{cache / 'musetalkV15' / 'unet.safetensors'}: kept, 4 bytes\n" in done.stdout
    assert not (cache / "musetalkV15" / "unet.pth").exists()


def test_another_revision(cache: Path, hub: Hub) -> None:
    hub.add("facebook/hubert-large-ls960-ft", "main", "config.json", b"new", lfs=False)
    done = run("pull", "hubert", "--revision", "main")
    assert done.exit_code == 1
    assert (cache / "hubert-large-ls960-ft" / "config.json").read_bytes() == b"new"
    assert "hubert-large-ls960-ft at main: the hub answers 404" in done.stderr


def test_what_is_not_on_the_hub_says_from_where_and_to_where(cache: Path) -> None:
    done = run("pull", "wav2lip256")
    assert done.exit_code == 1
    assert "https://drive.google.com/drive/folders/" in done.stdout
    assert done.stdout.endswith(f"put it at {cache / 'wav2lip256.pth'}\n")
    cache.mkdir(parents=True)
    (cache / "wav2lip256.pth").touch()
    done = run("pull", "wav2lip256")
    assert (done.exit_code, done.stdout) == (0, "wav2lip256: there already\n")


def test_an_avatars_own_network_is_no_failure(cache: Path, hub: Hub) -> None:
    done = run("pull", "ultralight")
    assert done.exit_code == 0, done.output
    assert "ringtalk avatar import" in done.stdout
    assert str(cache / "ultralight" / "NAME.pth") in done.stdout
    assert row("hubert")[2] == "present"


def test_one_set_that_fails_leaves_the_others(cache: Path, hub: Hub) -> None:
    path = "openai/whisper-tiny/resolve/169d4a4341b33bc18d8881c4b69c2e104e1cc0af/model.safetensors"
    hub.sent[path] = b"evil.safetensors!"
    done = run("pull", "whisper", "sd-vae")
    assert done.exit_code == 1
    assert done.stderr.startswith("ringtalk: model.safetensors of openai/whisper-tiny: its hash is")
    assert not (cache / "whisper" / "model.safetensors").exists()
    assert row("sd-vae")[2] == "present"


def test_pulling_without_the_library(
    cache: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.face.hub.find_spec", lambda name: None)
    done = run("pull", "whisper")
    assert (done.exit_code, "pip install 'ringtalk[neural]'" in done.stderr) == (1, True)


def test_a_process_of_its_own_takes_the_endpoint_from_the_environment(
    cache: Path, hub: Hub, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "server.cli.main", "models", "pull", "whisper"]
    given = os.environ | {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(tmp_path / "home")}
    root = Path(__file__).parents[3]
    done = subprocess.run(command, env=given, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (cache / "whisper" / "model.safetensors").read_bytes() == b"model.safetensors"
    assert not any("/api/" in asked.path for asked in hub.asked)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pull", "gan"], "there are no weights called 'gan'; allowed: builtin, hubert,"),
        (["check", ".", "--engine", "builtin"], "no weights belong to an engine 'builtin'"),
        (["check", "nowhere.pth"], "does not exist"),
        (["list", "--config", "none.toml"], "none.toml"),
    ],
)
def test_misuse_ends_with_2(arguments: list[str], said: str, cache: Path) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr


def test_checking_a_whole_network(cache: Path) -> None:
    tiny.save_ultralight(cache, widths=WIDTHS)
    done = run("check", str(cache))
    assert done.exit_code == 0, done.output
    assert done.stdout == (
        f"{cache / 'ultralight' / 'anna.pth'}: Ultralight-Digital-Human, one person's network, "
        "for ultralight; 12,222,759 numbers\n"
    )


def test_checking_names_every_wrong_key(cache: Path) -> None:
    tiny.save_ultralight(cache, widths=WIDTHS)
    path = cache / "ultralight" / "anna.pth"
    state = own(read_weights(path))
    del state["outc.conv.bias"]
    state["outc.conv.weight"] = torch.zeros(3, 32, 3, 3)
    torch.save(state, path)
    done = run("check", str(path))
    assert done.exit_code == 1
    assert "but 2 keys are wrong:\n" in done.stdout
    assert "  missing outc.conv.bias [3]\n" in done.stdout
    assert "  outc.conv.weight has shape [3, 32, 3, 3], wanted [3, 32, 1, 1]\n" in done.stdout


def test_a_file_that_is_none_leaves_the_verdict_on_the_others(cache: Path) -> None:
    tiny.save_ultralight(cache, widths=WIDTHS)
    (cache / "broken.pth").write_bytes(b"PK\x03\x04")
    save_file({"x": torch.zeros(1)}, cache / "other.safetensors")
    done = run("check", str(cache))
    assert done.exit_code == 1
    assert "broken.pth: not a whole weights file" in done.stderr
    assert "other.safetensors: no network here has keys like x" in done.stderr
    assert "anna.pth: Ultralight-Digital-Human" in done.stdout


def test_a_network_under_another_ones_name(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from models.face import check, kinds  # noqa: PLC0415 - to be looked at in small

    narrow = SIZE_96.narrowed(tiny.NARROW)
    tiny.save_wav2lip(cache, "wav2lip256", narrow)
    small = (kinds.wav2lip(narrow, "wav2lip"),)
    monkeypatch.setattr(weights, "check", lambda path, engine: check.check(path, engine, small))
    done = run("check", str(cache / "wav2lip256.pth"))
    assert done.exit_code == 0, done.output
    assert "in the folder of weights its name is wav2lip.pth\n" in done.stdout
    assert row("wav2lip")[2] == "present"
    assert row("wav2lip256")[2] == "missing, not on the hub"
    (cache / "wav2lip256.pth").rename(cache / "wav2lip.pth")
    assert "its name" not in run("check", str(cache / "wav2lip.pth")).stdout


def test_a_network_in_no_folder_of_its_own(cache: Path) -> None:
    tiny.save_ultralight(cache, widths=WIDTHS)
    (cache / "ultralight" / "anna.pth").rename(cache / "wav2lip.pth")
    done = run("check", str(cache / "wav2lip.pth"))
    assert "in the folder of weights its name is ultralight/NAME.pth\n" in done.stdout
    assert row("wav2lip")[2] == "present", "its name is right, and it is none of Wav2Lip's two"


def test_converting(cache: Path) -> None:
    tiny.save_ultralight(cache, widths=WIDTHS)
    path = cache / "ultralight" / "anna.pth"
    done = run("convert", str(path))
    assert done.exit_code == 0, done.output
    made = path.with_suffix(".safetensors")
    assert done.stdout == f"{made}: {len(load_file(made))} tensors, 12,222,759 numbers\n"
    again = run("convert", str(path))
    assert again.exit_code == 1
    assert "--replace replaces it" in again.stderr
    assert run("convert", str(path), "--replace").exit_code == 0


def test_without_torch(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    for command in ("check", "convert"):
        done = run(command, str(cache.parents[2]))
        assert done.exit_code == 1
        assert done.stderr == "ringtalk: this needs torch: pip install 'ringtalk[neural]'\n"
