"""How encoders run: packed weights are the same numbers, bfloat16 is within the tolerance.

The networks here are small and random, which says little of trained ones; `perf/faces/encoders.py`
measures the published shapes.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from data.units import FEATURE_CHUNK
from models.face.encoders import compute
from models.face.encoders.compute import TOLERANCE, Compute, PackedLinear, pack
from models.face.encoders.hubert import HubertEncoder
from models.face.encoders.whisper import WhisperEncoder
from tests.models.face.encoders.checkpoints import save_hubert, save_whisper

CPU = torch.device("cpu")


def noise(chunks: int) -> NDArray[np.float32]:
    random = np.random.default_rng(9)
    return random.standard_normal((3, chunks * FEATURE_CHUNK), np.float32) * np.float32(0.1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_packed_layer_is_the_layer(dtype: torch.dtype) -> None:
    torch.manual_seed(3)
    plain, deep = nn.Linear(24, 40), nn.Linear(40, 8)
    network = nn.Sequential(plain, nn.Sequential(deep)).to(dtype).requires_grad_(False)
    rows = torch.randn(2, 5, 24, dtype=dtype)
    wanted = network(rows)
    pack(network)
    packed = [part for part in network.modules() if isinstance(part, PackedLinear)]
    assert len(packed) == 2
    given = network(rows)
    assert given.dtype == dtype
    torch.testing.assert_close(given, wanted)


@pytest.mark.parametrize("kind", ["whisper", "hubert"])
def test_bfloat16_stays_within_the_tolerance(kind: str, tmp_path: Path) -> None:
    (save_whisper if kind == "whisper" else save_hubert)(tmp_path)
    make = WhisperEncoder if kind == "whisper" else HubertEncoder
    exact, fast = (
        make(tmp_path, Compute(CPU, dtype)).rows(noise(20))
        for dtype in (torch.float32, torch.bfloat16)
    )
    assert fast.dtype == np.float32
    assert TOLERANCE.holds(fast, exact)


def test_the_tolerance_refuses_what_is_further_away() -> None:
    exact = np.random.default_rng(1).standard_normal((50, 16), np.float32)
    assert TOLERANCE.holds(exact * np.float32(1.01), exact)
    assert not TOLERANCE.holds(exact * np.float32(1.1), exact)
    turned = exact.copy()
    turned[7] = np.roll(turned[7], 1)
    assert not TOLERANCE.holds(turned, exact)


@pytest.mark.parametrize("native", [True, False])
def test_a_processor_runs_bfloat16_only_where_it_multiplies_it(
    native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compute, "_multiplies_bf16", lambda: native)
    wanted = torch.bfloat16 if native else torch.float32
    assert Compute.best("cpu", on_cuda=torch.float16) == Compute(CPU, wanted)
    there = Compute.best("cuda", on_cuda=torch.float16)
    assert there.dtype == torch.float16
    assert there.windows > Compute(CPU, wanted).windows
