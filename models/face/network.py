"""What the face networks share: where they run, folded normalisation, colours.

In: a loaded network, or pictures from one; out: the network where it runs, or I420 faces.
Runs in inference; needs torch. Owns nothing.
"""

from dataclasses import dataclass
from typing import Literal, TypeVar, cast

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from data.i420 import FROM_BGR

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class Target:
    """Where a network runs, and in which numbers."""

    device: torch.device
    dtype: torch.dtype

    @classmethod
    def best(cls) -> "Target":
        """fp16 on CUDA, as MuseTalk and LiveTalking run it; else float32 on the CPU."""
        if torch.cuda.is_available():
            return cls(torch.device("cuda"), torch.float16)
        return cls(torch.device("cpu"), torch.float32)

    @property
    def on_cuda(self) -> bool:
        return self.device.type == "cuda"


class ToI420(nn.Module):
    """BT.601 limited range, the numbers of `data.i420`, rounded once.

    order: of the channels that come in. Its matrix is float32 in every network, and lies on
    the device from the start: a copy in between could not be captured.
    """

    matrix: torch.Tensor
    offset: torch.Tensor

    def __init__(self, order: Literal["bgr", "rgb"]) -> None:
        super().__init__()
        self._columns = slice(0, 3) if order == "bgr" else slice(2, None, -1)
        self.register_buffer("matrix", None, persistent=False)
        self.register_buffer("offset", None, persistent=False)
        self.exact()

    def exact(self) -> None:
        """Set the numbers anew, on the CPU: a network that was made half is not half here."""
        self.matrix = torch.from_numpy(FROM_BGR[:, :3][:, self._columns] * 255)
        self.offset = torch.from_numpy(FROM_BGR[:, 3:].copy())

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """Float [B, 3, H, W] of 0..1 (what is outside is cut off) to uint8 [B, H * 3 // 2, W]."""
        _, _, height, width = picture.shape
        colours = picture.float().clamp(0, 1).flatten(2)
        yuv = (self.matrix @ colours + self.offset).view(-1, 3, height, width)
        chroma = functional.avg_pool2d(yuv[:, 1:], 2)
        flat = torch.cat([yuv[:, 0].flatten(1), chroma.flatten(1)], dim=1)
        return flat.round().clamp(0, 255).to(torch.uint8).view(-1, height * 3 // 2, width)


def placed(network: Network, target: Target) -> Network:
    """`network` where `target` says, for inference; its colours stay float32.

    On CUDA its convolutions are channels-last, which tensor cores read as it lies.
    """
    network.eval().requires_grad_(False)
    nn.Module.to(network, dtype=target.dtype)
    for part in network.modules():
        if isinstance(part, ToI420):
            part.exact()
    nn.Module.to(network, device=target.device)
    if target.on_cuda:
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # stubs lack it
    return network


def fold(network: nn.Module) -> None:
    """Fold each BatchNorm2d into the convolution before it in the same Sequential, in place."""
    for parent in list(network.modules()):
        if isinstance(parent, nn.Sequential):
            _fold_row(parent)


def _fold_row(row: nn.Sequential) -> None:
    for at in range(len(row) - 1):
        before, norm = row[at], row[at + 1]
        if isinstance(before, nn.Conv2d | nn.ConvTranspose2d) and isinstance(norm, nn.BatchNorm2d):
            turned = isinstance(before, nn.ConvTranspose2d)
            row[at] = fuse_conv_bn_eval(cast(nn.Conv2d, before), norm, transpose=turned)
            row[at + 1] = nn.Identity()
