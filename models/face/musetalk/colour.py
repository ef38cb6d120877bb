"""RGB pictures to I420 where the network runs: batched, on its device, rounded once.

In: float RGB [B, 3, H, W]; out: uint8 I420 [B, H * 3 // 2, W], the same numbers that
`data.i420` gives. Runs in inference; owns one 3 x 4 matrix.
"""

import torch

from data.i420 import FROM_BGR


class ToI420(torch.nn.Module):
    """BT.601 limited range, from `data.i420`.

    Its numbers lie on the device from the start: a copy in between could not be captured.
    """

    matrix: torch.Tensor
    offset: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        rgb = torch.from_numpy(FROM_BGR[:, 2::-1] * 255)
        self.register_buffer("matrix", rgb, persistent=False)
        offset = torch.from_numpy(FROM_BGR[:, 3, None, None].copy())
        self.register_buffer("offset", offset, persistent=False)

    def forward(self, rgb: torch.Tensor) -> torch.Tensor:
        """rgb: float [B, 3, H, W], 0 to 1 (what is outside is cut off); H and W even."""
        batch, _, height, width = rgb.shape
        colours = rgb.float().clamp(0, 1)
        yuv = torch.einsum("yc,bchw->byhw", self.matrix, colours) + self.offset
        chroma = torch.nn.functional.avg_pool2d(yuv[:, 1:], 2)
        flat = torch.cat([yuv[:, 0].reshape(batch, -1), chroma.reshape(batch, -1)], dim=1)
        picture = flat.round().clamp(0, 255).to(torch.uint8)
        return picture.reshape(batch, height * 3 // 2, width)
