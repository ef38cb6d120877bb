"""A network in two graphs: float32 as in torch, int8 near it, and frames that are seen once."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models.face.runner import PlainRunner
from models.face.ultralight.build import compared
from models.face.ultralight.graphs import Graphs, plain, quantised, stored
from models.face.ultralight.network import ROW, UltralightFaces, folded
from models.face.ultralight.network_halves import (
    PAINTED,
    SEEN,
    CachedPerson,
    Levels,
    MemoryBudget,
    NetworkHalves,
)
from models.face.ultralight.precision import NEAREST
from models.face.ultralight.sizes import LEVELS, SOUND
from tests.models.face.tiny import FRAMES, face_crops, save_ultralight

FRAME_BYTES = 2 * sum(width * (160 >> at) ** 2 for at, width in enumerate((4, 8, 64, 128, 256)))
"""Of a tiny network's levels in float16: two as they are, three as their joints take them."""


def sounds(count: int) -> NDArray[np.float32]:
    return np.random.default_rng(3).normal(0, 1, (count, *SOUND)).astype(np.float32)


def run(graphs: Graphs, folder: Path) -> NetworkHalves:
    folder.mkdir()
    graphs.write(folder / SEEN, folder / PAINTED)
    return NetworkHalves(folder, 1)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> UltralightFaces:
    return folded(save_ultralight(tmp_path_factory.mktemp("weights")))


def by_torch(network: UltralightFaces, poses: list[int]) -> NDArray[np.uint8]:
    out = np.empty((len(poses), *ROW.face), np.uint8)
    seen = [torch.from_numpy(face_crops(160)[pose]) for pose in poses]
    PlainRunner(network, ROW).run(seen, sounds(len(poses)), out)
    return out


class Counted(NetworkHalves):
    """Knows how often it looked."""

    looks = 0

    def see(self, frame: NDArray[np.uint8]) -> Levels:
        self.looks += 1
        return super().see(frame)


@pytest.fixture
def halves(network: UltralightFaces, tmp_path: Path) -> Iterator[Counted]:
    run(stored(network), tmp_path / "float")
    yield Counted(tmp_path / "float", 1)


def test_faces_from_levels_that_are_kept_are_those_of_the_whole_network(
    network: UltralightFaces, halves: Counted
) -> None:
    person = CachedPerson(halves, face_crops(160), MemoryBudget())
    poses = [2, 0, 2, 4]
    for _ in range(2):
        out = np.zeros((4, *ROW.face), np.uint8)
        person.render(poses, sounds(4), out)
        assert np.abs(out.astype(int) - by_torch(network, poses)).max() <= 1
    assert halves.looks == 1 + 3, "once to be warm, then each frame once"


def test_what_is_kept_is_bounded_and_given_back(halves: Counted) -> None:
    budget = MemoryBudget(2 * FRAME_BYTES)
    person = CachedPerson(halves, face_crops(160), budget)
    out = np.zeros((FRAMES, *ROW.face), np.uint8)
    for _ in range(2):
        person.render(list(range(FRAMES)), sounds(FRAMES), out)
    assert halves.looks == 1 + FRAMES + (FRAMES - 2), "the first two are kept"
    assert not budget.take(1)
    person.free()
    assert budget.take(2 * FRAME_BYTES)


def test_a_frame_that_the_avatar_lacks_is_refused(halves: Counted) -> None:
    person = CachedPerson(halves, face_crops(160), MemoryBudget())
    with pytest.raises(ValueError, match=f"pose 5 of an avatar whose clip has {FRAMES} frames"):
        person.render([5], sounds(1), np.zeros((1, *ROW.face), np.uint8))


def test_int8_takes_its_levels_as_uint8_and_stays_near(
    network: UltralightFaces, tmp_path: Path
) -> None:
    graphs = plain(network)
    exact = run(graphs, tmp_path / "exact")
    pairs = [(face_crops(160)[at % FRAMES], window) for at, window in enumerate(sounds(8))]
    fed = (
        dict(zip(LEVELS, exact.see(face), strict=True)) | {"heard": window[None]}
        for face, window in pairs
    )
    small = run(quantised(graphs, fed), tmp_path / "small")
    assert {level.dtype for level in small.see(pairs[0][0])} == {np.dtype(np.uint8)}
    verdict = compared(small, exact, pairs)
    assert verdict.decibels is not None
    assert 15 < verdict.decibels < 60
    same = compared(exact, exact, pairs)
    assert same.decibels is not None
    assert same.decibels > NEAREST


class Grey(NetworkHalves):
    """Far from anybody's face."""

    def paint(self, levels: Levels, heard: NDArray[np.float32]) -> NDArray[np.uint8]:
        return np.full_like(super().paint(levels, heard), 128)


def test_what_is_too_far_from_float32_is_not_used(halves: Counted, tmp_path: Path) -> None:
    pairs = [(face_crops(160)[0], sounds(1)[0])]
    verdict = compared(Grey(tmp_path / "float", 1), halves, pairs)
    assert not verdict.int8
    assert "further than 35 dB" in str(verdict)
    assert "runs in float32" in str(verdict)
