"""What one slot of a ring holds: a name and a numpy dtype, with a digest of both.

In: a name and a structured dtype. Out: a `Layout` that both sides declare and whose
digest stands in the segment's header. Runs in every process; owns nothing.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

NAME_BYTES = 64


@dataclass(frozen=True)
class Layout:
    """The declared content of one slot.

    name: shown in errors; 1 to 64 bytes of UTF-8.
    dtype: a structured dtype of fixed size without Python objects.

    Raises TypeError for a dtype that shared memory cannot hold, ValueError for a name
    that is empty or too long.
    """

    name: str
    dtype: np.dtype[np.void]

    def __post_init__(self) -> None:
        if not 0 < len(self.name.encode()) <= NAME_BYTES:
            raise ValueError(f"layout name {self.name!r}: 1 to {NAME_BYTES} bytes are allowed")
        if self.dtype.names is None or self.dtype.itemsize == 0:
            raise TypeError(f"layout {self.name!r} needs a structured dtype, not {self.dtype}")
        if self.dtype.hasobject:
            raise TypeError(f"layout {self.name!r} holds Python objects: {self.dtype}")

    @cached_property
    def digest(self) -> int:
        """64 bits of BLAKE2b over the name and every field's place, type and size."""
        text = f"{self.name}\n{_describe(self.dtype)}"
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())

    def __str__(self) -> str:
        return f"{self.name!r} ({self.dtype.itemsize} bytes, digest {self.digest:016x})"


def _describe(dtype: np.dtype[np.generic]) -> str:
    # dtype.descr refuses fields that are out of order or overlap; this does not.
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return f"{shape}{_describe(base)}"
    if dtype.names is None or dtype.fields is None:
        return dtype.str
    fields = (f"{n}@{dtype.fields[n][1]}:{_describe(dtype.fields[n][0])}" for n in dtype.names)
    return f"{{{';'.join(fields)}}}{dtype.itemsize}"
