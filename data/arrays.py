"""An array that is written to a file item by item, so that it is never whole in memory.

In: where it belongs, and its items. Out: a `.npy` file. Runs where clips are prepared; owns
the open file until its block ends.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.storage import reserve

Put = Callable[[NDArray[np.uint8]], None]


@contextmanager
def array_file(path: Path, shape: tuple[int, ...]) -> Iterator[Put]:
    """What takes the items of a uint8 array [N, ...] in order.

    OSError where there is no room for it; ValueError for an item of another shape or type, or
    at the end if not all N were put.
    """
    put_so_far = 0
    with path.open("wb") as file:
        head = {"descr": "|u1", "fortran_order": False, "shape": shape}
        reserve(file, math.prod(shape))
        np.lib.format.write_array_header_1_0(file, head)

        def put(item: NDArray[np.uint8]) -> None:
            nonlocal put_so_far
            if item.dtype != np.uint8 or item.shape != shape[1:]:
                raise ValueError(f"an item is uint8 {shape[1:]}, not {item.dtype} {item.shape}")
            np.ascontiguousarray(item).tofile(file)
            put_so_far += 1

        yield put
    if put_so_far != shape[0]:
        raise ValueError(f"{path.name}: {put_so_far} items of {shape[0]}")
