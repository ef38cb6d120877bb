"""The GPU benchmark: what it counts and compares, on small networks."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from models.face.network import Target
from perf.faces import gpu
from perf.faces.gpu import NEAREST, Limits, measure, others, psnr, timed
from perf.faces.gpu_subject import Case
from perf.faces.gpu_subjects import NEEDS, make_subject

CPU = Target(torch.device("cpu"), torch.float32)


def test_every_engine_gives_the_faces_of_float32_both_ways() -> None:
    for name in NEEDS:
        subject = make_subject(name, tiny=True)
        [(title, row)] = measure(subject, CPU, [2], 0, Limits(1e9, 1e12))
        assert title == "2"
        assert float(row["dB"]) > 80
        assert float(row["plain dB"]) > 50, "cut off, not rounded"
        assert float(row["faces/s"]) > 0
        assert row["% of limit"] == pytest.approx(float(row["TFLOP/s"]) * 100)
        assert not list(others(subject, CPU, 0, compiled=False)), "there are none on a CPU"


def test_faces_are_alive_and_the_same_each_time() -> None:
    first, second = (make_subject("ultralight", tiny=True) for _ in range(2))
    case = first.case(2, CPU)
    faces = [gpu.exact_way(subject, CPU)(case) for subject in (first, second)]
    np.testing.assert_array_equal(faces[0], faces[1])
    assert faces[0].std() > 5
    assert first.case(2, CPU, seed=1).heard[0, 0, 0, 0] != case.heard[0, 0, 0, 0]


def test_operations_are_those_of_the_shapes() -> None:
    """A published count: Ultralight's 6.3 GFLOP are 3.2 GMAC."""
    assert 6.2e9 < make_subject("ultralight", tiny=False).operations() < 6.5e9


def test_what_is_missing_or_fails_is_told_and_the_rest_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no engine\nto execute this")

    monkeypatch.setattr(gpu, "find_spec", lambda name: None if name == "diffusers" else name)
    monkeypatch.setattr(gpu, "made", broken)
    file = tmp_path / "gpu.json"
    with pytest.raises(SystemExit, match="wav2lip failed"):
        gpu.main(["musetalk", "wav2lip"], tiny=True, most=1, seconds=0, json=file)
    skipped = json.loads(file.read_text())["raw"]["skipped"]
    assert skipped["musetalk"] == "not installed: diffusers"
    assert skipped["wav2lip"] == "RuntimeError: no engine"


def test_faces_that_are_far_off_fail_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "NEAREST", 200.0)
    with pytest.raises(SystemExit, match="ultralight 1 is further than 200"):
        gpu.main(["ultralight"], tiny=True, most=1, seconds=0, json=tmp_path / "gpu.json")
    tables = json.loads((tmp_path / "gpu.json").read_text())["tables"]
    assert tables["ultralight"]["1"]["faces/s"] > 0


def test_distances() -> None:
    black = np.zeros((2, 6, 4), np.uint8)
    assert psnr(black, black) == 99
    assert psnr(black, black + 255) == pytest.approx(0)
    assert psnr(black, black + 1) == pytest.approx(48.13, abs=0.01)
    assert NEAREST < 40


def test_the_ways_are_timed_in_turn() -> None:
    order: list[str] = []

    def way(name: str) -> np.ndarray:
        order.append(name)
        return np.zeros(1, np.uint8)

    case = Case([], np.zeros(1, np.uint8), np.zeros(1, np.float32))
    spreads = timed([lambda _: way("a"), lambda _: way("b")], case, 0)
    assert order == ["a", "b"] * 6
    assert [spread.count for spread in spreads] == [5, 5]
