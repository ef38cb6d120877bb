"""Types of the C extension; `paste.py` is its only user."""

import numpy as np
from numpy.typing import NDArray

SHARES: int

def warp_blend(
    part: NDArray[np.uint8],
    face: NDArray[np.uint8],
    back: NDArray[np.float64],
    opacity: NDArray[np.uint8],
    share: int,
    /,
) -> None: ...
