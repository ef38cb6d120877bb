"""The runners: batches in parts and padded, on a device that is the host itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import nn

from models.face.cuda import Cuda
from models.face.runner import BUCKETS, BucketRunner, FaceShapes, PlainRunner, bucket, parts

ROW = FaceShapes((4, 6), torch.uint8, (6,), (4, 6))


class Adds(nn.Module):
    """What is seen plus what is heard, of every row alone; keeps the sizes it was called with."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def forward(self, seen: torch.Tensor, heard: torch.Tensor) -> torch.Tensor:
        self.sizes.append(len(seen))
        return (seen.float() + heard[:, None]).to(torch.uint8)


class Host:
    """A device whose memory is the host's; a replay is the work itself, done again.

    Outside a batch nothing may be asked of it, and inside one nothing may be read.
    """

    def __init__(self) -> None:
        self.batches = 0
        self.captured: list[torch.Tensor] = []
        self._open = False

    def here(self, shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
        return torch.zeros(shape, dtype=dtype)

    there = here

    def capture(self, work: Callable[[], torch.Tensor]) -> tuple[torch.Tensor, Callable[[], None]]:
        result = work()
        self.captured.append(result)

        def replay() -> None:
            assert self._open
            result.copy_(work())

        return result, replay

    @contextmanager
    def batch(self) -> Iterator[None]:
        self._open = True
        yield
        self._open = False
        self.batches += 1


def rows(count: int, seed: int = 3) -> tuple[list[torch.Tensor], NDArray[np.float32]]:
    random = np.random.default_rng(seed)
    seen = torch.from_numpy(random.integers(0, 100, (count, 4, 6), np.uint8))
    return list(seen), random.integers(0, 100, (count, 6)).astype(np.float32)


def wanted(seen: list[torch.Tensor], heard: NDArray[np.float32]) -> NDArray[np.uint8]:
    whole = np.stack([row.numpy() for row in seen]).astype(np.float32)
    return (whole + heard[:, None]).astype(np.uint8)


def test_buckets_hold_every_batch() -> None:
    assert [bucket(count) for count in (1, 2, 3, 8, 9, 32)] == [1, 2, 4, 8, 16, 32]
    with pytest.raises(ValueError, match="33 faces at once"):
        bucket(33)


@given(count=st.integers(0, 200), most=st.integers(1, 40))
def test_parts_are_all_rows_in_order(count: int, most: int) -> None:
    taken = [row for part in parts(count, most) for row in range(count)[part]]
    assert taken == list(range(count))
    assert all(0 < part.stop - part.start <= most for part in parts(count, most))


@settings(deadline=None, max_examples=30)
@given(counts=st.lists(st.integers(0, 11), min_size=1, max_size=4))
def test_a_padded_batch_gives_the_rows_that_were_asked_for(counts: list[int]) -> None:
    """One after another through the same memory: what an earlier batch left is never seen."""
    runner = BucketRunner(Adds(), ROW, Host(), (1, 2, 4))
    for seed, count in enumerate(counts):
        seen, heard = rows(count, seed)
        out = np.full((count + 2, 4, 6), 7, np.uint8)
        runner.run(seen, heard, out[1:-1])
        assert (out[[0, -1]] == 7).all()
        if count:
            np.testing.assert_array_equal(out[1:-1], wanted(seen, heard))


def test_every_size_is_captured_once_the_largest_first() -> None:
    network, device = Adds(), Host()
    runner = BucketRunner(network, ROW, device)
    runner.warm()
    runner.warm()
    assert network.sizes == sorted(BUCKETS, reverse=True)
    network.sizes.clear()
    seen, heard = rows(37)
    out = np.empty((37, 4, 6), np.uint8)
    runner.run(seen, heard, out)
    assert network.sizes == [32, 8]
    assert device.batches == 2, "one wait for each part"
    assert len(device.captured) == len(BUCKETS)
    np.testing.assert_array_equal(out, wanted(seen, heard))


def test_a_network_as_it_is_runs_each_batch_at_its_size() -> None:
    network = Adds()
    runner = PlainRunner(network, ROW, most=4)
    runner.warm()
    seen, heard = rows(6)
    out = np.empty((6, 4, 6), np.uint8)
    runner.run(seen, heard, out)
    assert network.sizes == [1, 4, 2]
    np.testing.assert_array_equal(out, wanted(seen, heard))


def test_a_row_of_another_shape_costs_its_batch_alone() -> None:
    runner = BucketRunner(Adds(), ROW, Host())
    seen, heard = rows(2)
    out = np.empty((2, 4, 6), np.uint8)
    with pytest.raises(RuntimeError):
        runner.run([seen[0], seen[1][:3]], heard, out)
    runner.run(seen, heard, out)
    np.testing.assert_array_equal(out, wanted(seen, heard))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="graphs need a CUDA device")
def test_captured_graphs_give_the_plain_faces() -> None:
    device = torch.device("cuda")
    runner = BucketRunner(Adds(), ROW, Cuda(device), (1, 4))
    for count in (3, 1, 9, 4):
        seen, heard = rows(count, count)
        out = np.empty((count, 4, 6), np.uint8)
        runner.run([row.to(device) for row in seen], heard, out)
        np.testing.assert_array_equal(out, wanted(seen, heard))
