"""A network that is read when it is first asked for, and kept for all who ask.

In: how it is read, and where it shall run. Out: its parts, the same for every thread. Runs in
features, in the thread that encodes; torch is imported with the first network. Owns the parts
and their memory once they were read.
"""

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from models.face.encoders.checkpoint import best_device

if TYPE_CHECKING:
    from models.face.encoders.compute import Compute

Parts = TypeVar("Parts")


class SharedNetwork(Generic[Parts]):
    """read: gives the parts, on the device and in the numbers that it is told.

    compute: where and in what numbers they run; None for the best here, which on CUDA is
    `on_cuda`.
    """

    def __init__(
        self,
        read: "Callable[[Compute], Parts]",
        compute: "Compute | None",
        on_cuda: Literal["float16", "float32"],
    ) -> None:
        self._read = read
        self._compute = compute
        self._on_cuda = on_cuda
        self._reading = Lock()
        self._parts: Parts | None = None

    @property
    def is_read(self) -> bool:
        """True once the parts are in memory."""
        return self._parts is not None

    @property
    def compute(self) -> "Compute":
        """Where and in what numbers they run."""
        if self._compute is None:
            import torch  # noqa: PLC0415 - only who loads a network needs it

            from models.face.encoders.compute import Compute  # noqa: PLC0415 - torch comes with it

            on_cuda = torch.float16 if self._on_cuda == "float16" else torch.float32
            self._compute = Compute.best(best_device(), on_cuda)
        return self._compute

    def parts(self) -> Parts:
        """What `read` gives, whose errors are raised to everybody who waits for it."""
        with self._reading:
            if self._parts is None:
                self._parts = self._read(self.compute)
            return self._parts
