"""The GPU benchmark: what it counts and compares, on small networks."""

import numpy as np
import torch

from models.face.musetalk.networks import Target
from perf.gpu import Case, compare, operations, timed


def test_operations_of_the_published_shapes() -> None:
    """MuseTalk's U-Net at 32 x 32 and the VAE's decoder at 256 x 256: 0.8 TFLOP a face."""
    assert 0.5e12 < operations(tiny=False) < 1.5e12
    assert operations(tiny=True) < 1e9


def test_both_ways_give_the_same_faces() -> None:
    rows = compare(tiny=True, target=Target(torch.device("cpu"), torch.float32), most=2, seconds=0)
    assert list(rows) == ["1", "2"]
    for row in rows.values():
        assert row["error"] < 0.5
        assert row["plain error"] < 0.5
        assert row["faces/s"] > 0


def test_the_ways_are_timed_in_turn() -> None:
    order: list[str] = []

    def way(name: str) -> np.ndarray:
        order.append(name)
        return np.zeros(1, np.uint8)

    case = Case([], np.zeros(1, np.float32))
    spreads = timed([lambda *_: way("a"), lambda *_: way("b")], case, 0)
    assert order == ["a", "b"] * 6
    assert [spread.count for spread in spreads] == [5, 5]
