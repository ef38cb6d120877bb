"""Networks through onnxruntime: the torch numbers, and an export that is made once."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from models.face.exported import ExportedRunner, export, exported_runner
from models.face.runner import FaceShapes, PlainRunner
from models.face.ultralight.network import ROW, UltralightFaces, folded
from tests.models.face.tiny import face_crops, save_ultralight

SMALL = FaceShapes((4, 6, 3), torch.uint8, (5,), (4, 6))


class Small(nn.Module):
    def forward(self, seen: torch.Tensor, heard: torch.Tensor) -> torch.Tensor:
        return (seen.float().sum(3) + heard.sum(1)[:, None, None]).round().to(torch.uint8)


def faces(runner: ExportedRunner | PlainRunner, row: FaceShapes, count: int) -> np.ndarray:
    random = np.random.default_rng(count)
    shown = face_crops(row.seen[0]) if row is ROW else random.integers(0, 50, (5, *row.seen))
    seen = [torch.from_numpy(shown[at % 5].astype(np.uint8)) for at in range(count)]
    out = np.zeros((count, *row.face), np.uint8)
    runner.run(seen, random.random((count, *row.heard), np.float32), out)
    return out


@pytest.mark.parametrize("count", [1, 3, 33])
def test_an_export_gives_the_numbers_of_torch_in_every_batch(count: int) -> None:
    runner = ExportedRunner(export(Small(), SMALL), SMALL, threads=1)
    runner.warm()
    np.testing.assert_array_equal(
        faces(runner, SMALL, count), faces(PlainRunner(Small(), SMALL), SMALL, count)
    )


def test_a_whole_network_with_its_mask_and_colours(tmp_path: Path) -> None:
    network: UltralightFaces = folded(save_ultralight(tmp_path))
    exported = faces(ExportedRunner(export(network, ROW), ROW), ROW, 2)
    plain = faces(PlainRunner(network, ROW), ROW, 2)
    assert np.abs(exported.astype(int) - plain).max() <= 1
    assert plain.std() > 2


def test_an_export_is_kept_until_the_weights_change(tmp_path: Path) -> None:
    weights, kept = tmp_path / "anna.pth", tmp_path / "exported"
    weights.write_bytes(b"one")
    loads: list[int] = []

    def load() -> Small:
        loads.append(1)
        return Small()

    given = [faces(exported_runner(load, SMALL, weights, kept), SMALL, 2) for _ in range(2)]
    assert len(loads) == 1
    np.testing.assert_array_equal(given[0], given[1])
    [first] = (kept / "anna").iterdir()
    weights.write_bytes(b"two")
    exported_runner(load, SMALL, weights, kept)
    assert len(loads) == 2
    [second] = (kept / "anna").iterdir()
    assert second != first, "the older one is gone"


def test_a_folder_that_cannot_be_written_to_costs_time_only(tmp_path: Path) -> None:
    weights, kept = tmp_path / "anna.pth", tmp_path / "exported"
    weights.write_bytes(b"one")
    kept.write_text("a file where the folder would be")
    assert faces(exported_runner(Small, SMALL, weights, kept), SMALL, 1).shape == (1, 4, 6)


def test_a_network_that_cannot_be_loaded_leaves_nothing(tmp_path: Path) -> None:
    weights, kept = tmp_path / "anna.pth", tmp_path / "exported"
    weights.write_bytes(b"one")

    def load() -> Small:
        raise RuntimeError("not weights")

    with pytest.raises(RuntimeError, match="not weights"):
        exported_runner(load, SMALL, weights, kept)
    assert not kept.exists()
