"""A tiny build end to end: sentences, labels, a few steps, the exported file, the report."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import typer

from data.build.mouth.align import align
from data.build.mouth.examples import load
from data.build.mouth.export import export
from data.build.mouth.label import label
from data.build.mouth.network import trained
from data.build.mouth.report import report
from data.build.mouth.speak import speak
from data.build.mouth.train import train
from models.face.mouth import MouthNet


@pytest.fixture(scope="module")
def exported(built: Path) -> Path:
    """`mouth.npz` after three steps of training."""
    train(built, steps=3, width=16)
    export(built, out=built / "mouth.npz")
    return built / "mouth.npz"


def test_what_is_there_is_not_made_again(built: Path) -> None:
    clip = next((built / "clips").glob("hibari-train-*.npz"))
    made = next((built / "examples").glob("hibari-train.npz"))
    before = clip.stat().st_mtime_ns, made.stat().st_mtime_ns
    speak(built, scale=0.004, kinds="hibari")
    label(built)
    assert before == (clip.stat().st_mtime_ns, made.stat().st_mtime_ns)


def test_examples_are_mel_and_mouth_column_by_column(built: Path) -> None:
    for each in load(built / "examples" / "hibari-train.npz"):
        assert each.mel.shape == (len(each.visemes), 80)
        assert each.parameters.shape == (len(each.visemes), 8)
        assert len(each.closures) > 0
    (noise, *_) = load(built / "examples" / "noise-test.npz")
    assert not noise.parameters.any() and not noise.visemes.any()


def test_the_exported_file_keeps_the_contract(exported: Path) -> None:
    mel = np.random.default_rng(0).normal(0, 1, (5, 80, 72)).astype(np.float32)
    shapes = MouthNet(exported).parameters(mel)
    assert shapes.shape == (5, 8)
    assert shapes.min() >= 0 and shapes.max() <= 1
    assert not list(exported.parent.glob("*.part"))


def test_a_file_of_two_networks_says_their_mean(built: Path, exported: Path) -> None:
    train(built, steps=1, width=16, seed=31)
    paths = [built / "mouth-80.pt", built / "mouth-80-31.pt"]
    export(built, weights=paths, out=built / "both.npz")
    mel = np.random.default_rng(0).normal(0, 1, (2, 80, 72)).astype(np.float32)
    said = [trained(path)(torch.from_numpy(mel)).detach().numpy() for path in paths]
    found = MouthNet(built / "both.npz").columns(mel)
    np.testing.assert_allclose(found, (said[0] + said[1]) / 2, atol=1e-4)


def test_training_that_is_over_is_not_begun_again(built: Path, exported: Path) -> None:
    before = trained(built / "mouth-80.pt").state_dict()
    train(built, steps=3, width=16)
    after = trained(built / "mouth-80.pt").state_dict()
    assert all((before[name] == after[name]).all() for name in before)
    assert json.loads((built / "train-80.json").read_text())["steps"] == 3


def test_the_report_has_every_set_that_there_is(built: Path, exported: Path) -> None:
    report(built, other=[f"tiny:{exported}:80"], out=built / "report.json")
    report(built, other=[f"more:{exported}:80"], simple=False, keep=True, out=built / "report.json")
    found = json.loads((built / "report.json").read_text())
    assert "Hibari, unseen sentences" in found and "noise" in found
    assert found.pop("truth")["offsets"]
    for methods in found.values():
        assert set(methods) == {"network", "tiny", "more", "MFCC regression", "loudness"}


def test_steps_out_of_order_say_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match=r"run data\.build\.mouth\.speak first"):
        label(tmp_path)
    with pytest.raises(typer.BadParameter, match=r"run data\.build\.mouth\.speak first"):
        align(tmp_path)
    with pytest.raises(typer.BadParameter, match=r"run data\.build\.mouth\.label first"):
        train(tmp_path)
    with pytest.raises(typer.BadParameter, match="multiple of 40 ms, not 50"):
        train(tmp_path, ahead_ms=50)
    with pytest.raises(typer.BadParameter, match=r"unknown: .*mbrola"):
        speak(tmp_path, kinds="mbrola")
