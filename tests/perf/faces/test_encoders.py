"""The encoders' benchmark: it counts what it ran, and its ways are the same network."""

from pathlib import Path

import numpy as np
import pytest

from models.face.encoders.compute import TOLERANCE
from models.face.encoders.window import Span
from perf.faces.encoder_ways import hubert_ways, whisper_ways
from perf.faces.encoders import Times, grown, noise, timed
from tests.models.face.encoders.checkpoints import save_hubert, save_whisper

EXACT = ("torch fp32, short", "torch fp32, packed", "onnxruntime fp32")


def test_ways_take_turns_and_the_first_turn_is_not_counted() -> None:
    called: list[str] = []

    def way(name: str) -> np.ndarray:
        called.append(name)
        return np.zeros(1, np.float32)

    times = timed({"a": lambda: way("a"), "b": lambda: way("b")}, repeats=2)
    assert called == ["a", "b"] * 3
    assert [len(times["a"].wall), len(times["b"].own)] == [2, 2]


def test_the_real_time_factor_is_the_part_of_the_sound() -> None:
    row = Times(wall=[80.0, 80.0], own=[40.0, 40.0]).row(served_ms=160)
    assert (row["RTF"], row["own RTF"], row["count"]) == (0.5, 0.25, "2")


def test_a_grown_window_serves_its_ticks_with_the_same_context() -> None:
    assert grown(Span(10, 2, 7), 4) == Span(10, 8, 7)
    assert noise(3, 25).shape == (3, 8000)


@pytest.mark.parametrize("kind", ["hubert", "whisper"])
def test_every_way_is_the_same_network(kind: str, tmp_path: Path) -> None:
    if kind == "hubert":
        save_hubert(tmp_path)
        ways = hubert_ways(tmp_path, 20, threads=1)
    else:
        save_whisper(tmp_path, seconds=30)
        ways = whisper_ways(tmp_path, 20, threads=1)
    sound = noise(1, 20)
    exact = ways["torch fp32"](sound)
    for name, way in ways.items():
        rows = way(sound)
        assert rows.shape == exact.shape
        if name in EXACT:
            np.testing.assert_allclose(rows, exact, atol=1e-3 * exact.std())
        elif "bf16" in name:
            assert TOLERANCE.holds(rows, exact)
