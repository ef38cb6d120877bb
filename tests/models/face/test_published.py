"""The table of weights says what the engines do: where they look, and how far ahead."""

from pathlib import Path

import pytest

from models.face import published, weights
from models.face.encoders.hubert import HubertEncoder
from models.face.engine import EngineError
from models.face.engines import ENGINES, load_engine
from models.face.lookahead import right_ms
from models.face.musetalk.layout import V10, V15, Version, find_files
from models.face.published import NEEDS, SETS, wanted
from models.face.ultralight.engine import HUBERT
from models.face.weight_inventory import by_hand, downloads, inventory
from tests.models.face.musetalk.musetalk_weights import save_musetalk

HUB_SETS = [each for each in SETS.values() if each.hub is not None]
BY_HAND = [each for each in SETS.values() if each.hub is None]


def lay(weights: Path, name: str) -> None:
    """Empty files where a pull of the set would put them."""
    for _, target, _ in downloads(weights, SETS[name]):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()


def test_every_engine_is_in_the_table() -> None:
    assert set(NEEDS) == set(ENGINES)
    assert {name for names in NEEDS.values() for name in names} == set(SETS)


@pytest.mark.parametrize("each", SETS.values(), ids=lambda each: each.name)
def test_a_set_comes_from_the_hub_or_says_from_where(each: published.WeightSet) -> None:
    assert (each.hub is None) == bool(each.elsewhere)
    assert all(bool(part.remote) == (each.hub is not None) for part in each.parts)
    assert each.licence
    if each.hub is not None:
        assert len(each.hub.revision) == 40
        int(each.hub.revision, 16)


@pytest.mark.parametrize("each", HUB_SETS, ids=lambda each: each.name)
def test_a_pull_puts_files_where_the_set_looks_for_them(
    each: published.WeightSet, tmp_path: Path
) -> None:
    assert not inventory(tmp_path, each).found
    lay(tmp_path, each.name)
    found = inventory(tmp_path, each)
    assert found.whole
    assert {target for _, target, _ in downloads(tmp_path, each)} == set(found.found)


@pytest.mark.parametrize(("name", "version"), [("musetalk", V15), ("musetalk1", V10)])
def test_musetalk_finds_what_is_pulled_for_it(name: str, version: Version, tmp_path: Path) -> None:
    for need in NEEDS[name]:
        with pytest.raises(EngineError):
            find_files(tmp_path, version)
        lay(tmp_path, need)
    files = find_files(tmp_path, version)
    pulled = [target for need in NEEDS[name] for _, target, _ in downloads(tmp_path, SETS[need])]
    assert {files.unet, files.unet_config} <= set(pulled)
    assert files.vae / "config.json" in pulled
    assert files.whisper / "config.json" in pulled


def test_ultralight_finds_hubert_where_it_is_pulled_to(tmp_path: Path) -> None:
    targets = [target for _, target, _ in downloads(tmp_path, SETS["hubert"])]
    assert {target.parent for target in targets} == {tmp_path / HUBERT}
    (tmp_path / HUBERT).mkdir()
    (tmp_path / HUBERT / "config.json").write_text('{"model_type": "hubert", "hidden_size": 4}')
    assert HubertEncoder(tmp_path / HUBERT).width == 4


@pytest.mark.parametrize("each", BY_HAND, ids=lambda each: each.name)
def test_the_place_for_a_file_that_is_fetched_by_hand(
    each: published.WeightSet, tmp_path: Path
) -> None:
    place = by_hand(tmp_path, each)
    place.parent.mkdir(exist_ok=True)
    place.touch()
    assert inventory(tmp_path, each).found == (place,)
    assert weights.find_weights(place.parent, place.stem) == place


def test_what_is_converted_counts_and_is_not_fetched_over(tmp_path: Path) -> None:
    lay(tmp_path, "musetalk")
    (tmp_path / "musetalkV15" / "unet.pth").rename(tmp_path / "musetalkV15" / "unet.safetensors")
    assert inventory(tmp_path, SETS["musetalk"]).whole
    there = {target.name: instead for _, target, instead in downloads(tmp_path, SETS["musetalk"])}
    assert there["unet.pth"] == tmp_path / "musetalkV15" / "unet.safetensors"
    assert there["musetalk.json"] is None


def test_the_home_that_has_most_is_filled(tmp_path: Path) -> None:
    (tmp_path / "sd-vae-ft-mse").mkdir()
    (tmp_path / "sd-vae-ft-mse" / "config.json").touch()
    found = inventory(tmp_path, SETS["sd-vae"])
    assert (found.home.name, found.whole) == ("sd-vae-ft-mse", False)
    assert found.missing == ("diffusion_pytorch_model.safetensors or diffusion_pytorch_model.bin",)
    homes = {target.parent.name for _, target, _ in downloads(tmp_path, SETS["sd-vae"])}
    assert homes == {"sd-vae-ft-mse"}


def test_a_file_that_is_being_written_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "ultralight").mkdir()
    (tmp_path / "ultralight" / ".anna.pth").touch()
    assert not inventory(tmp_path, SETS["ultralight"]).whole
    (tmp_path / "ultralight" / "anna.pth").write_bytes(b"four")
    assert inventory(tmp_path, SETS["ultralight"]).size == 4


def test_names_of_engines_and_of_sets() -> None:
    assert [each.name for each in wanted("musetalk1")] == ["musetalk1", "sd-vae", "whisper"]
    assert [each.name for each in wanted("whisper")] == ["whisper"]
    assert wanted("builtin") == ()
    with pytest.raises(KeyError):
        wanted("gan")


@pytest.mark.parametrize("name", ["builtin", "wav2lip", "wav2lip256", "ultralight"])
def test_the_look_ahead_is_the_engines_own(name: str, tmp_path: Path) -> None:
    assert right_ms(name) == load_engine(name, tmp_path).feature.right_ms


@pytest.mark.parametrize("name", ["musetalk", "musetalk1"])
def test_the_look_ahead_of_musetalk(name: str, tmp_path: Path) -> None:
    save_musetalk(tmp_path)
    assert right_ms(name) == load_engine(name, tmp_path).feature.right_ms


def test_no_look_ahead_of_nobody() -> None:
    with pytest.raises(EngineError, match="no face engine 'gan'; allowed: builtin, "):
        right_ms("gan")
