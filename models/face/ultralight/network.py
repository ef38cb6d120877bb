"""Ultralight-Digital-Human's U-Net in its HuBERT form, with the published names of its weights.

In: HuBERT features and a masked face; out: a face. Torch modules; owns their parameters.
After anliyuan/Ultralight-Digital-Human, unet.py: inverted residuals (Sandler et al.,
MobileNetV2, 2018) that expand twofold, five levels, sound joined at the lowest.
"""

from typing import Final, cast

import torch
from torch import nn
from torch.nn import functional

from models.face.network import ToI420, fold
from models.face.runner import FaceShapes
from models.face.ultralight.sizes import SIDE, SOUND, WIDTHS

ROW: Final = FaceShapes((SIDE, SIDE, 3), torch.uint8, SOUND, (SIDE * 3 // 2, SIDE))
"""What a network takes and gives."""
Levels = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
"""What the network sees at its five sizes, 160 to 10 pixels: [B, widths[level], size, size]."""
_EXPAND: Final = 2
_PAINTED: Final = (slice(5, 150), slice(5, 155))
"""Rows and columns that the network paints: the rectangle (5, 5, 150, 145) of training."""


class Inverted(nn.Module):
    """Widen, convolve each channel alone, narrow; `residual` adds what went in."""

    def __init__(self, inner: int, outer: int, stride: int = 1, *, residual: bool = False) -> None:
        super().__init__()
        wide = inner * _EXPAND
        self.residual = residual
        self.conv = nn.Sequential(
            nn.Conv2d(inner, wide, 1, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU(inplace=True),
            nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU(inplace=True),
            nn.Conv2d(wide, outer, 1, bias=False),
            nn.BatchNorm2d(outer),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.conv(x)
        return made + x if self.residual else made


class Pair(nn.Module):
    """Two inverted residuals, the second one with its input added."""

    def __init__(self, inner: int, outer: int, stride: int) -> None:
        super().__init__()
        self.double_conv = nn.Sequential(
            Inverted(inner, outer, stride), Inverted(outer, outer, residual=True)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, self.double_conv(x))


class Entry(nn.Module):
    """The first level: one inverted residual."""

    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.inconv = nn.Sequential(Inverted(inner, outer))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, self.inconv(x))


class Down(nn.Module):
    """One level down: half the size."""

    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.maxpool_conv = nn.Sequential(Pair(inner, outer, 2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, self.maxpool_conv(x))


class Up(nn.Module):
    """One level up: twice the size, beside what the way down saw there."""

    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.conv = Pair(inner, outer, 1)

    def forward(self, x: torch.Tensor, beside: torch.Tensor) -> torch.Tensor:
        x = functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        return cast(torch.Tensor, self.conv(torch.cat([x, beside], dim=1)))


class Exit(nn.Module):
    """The last level to colours."""

    def __init__(self, inner: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inner, 3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, self.conv(x))


class SoundEncoder(nn.Module):
    """HuBERT features [B, 16, 32, 32] to [B, widths[4], 10, 10]."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.conv1 = Inverted(16, widths[1])
        self.conv2 = Inverted(widths[1], widths[2])
        self.conv3 = nn.Conv2d(widths[2], widths[3], 3, 2, 1)
        self.bn3 = nn.BatchNorm2d(widths[3])
        self.conv4 = Inverted(widths[3], widths[3], residual=True)
        self.conv5 = nn.Conv2d(widths[3], widths[4], 3, 2, 3)
        self.bn5 = nn.BatchNorm2d(widths[4])
        self.conv6 = Inverted(widths[4], widths[4], residual=True)
        self.conv7 = Inverted(widths[4], widths[4], residual=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.bn3(self.conv3(self.conv2(self.conv1(x)))))
        x = torch.relu(self.bn5(self.conv5(self.conv4(x))))
        return cast(torch.Tensor, self.conv7(self.conv6(x)))


class Ultralight(nn.Module):
    """faces [B, 6, 160, 160] of 0..1 and sound [B, 16, 32, 32] to BGR [B, 3, 160, 160] of 0..1.

    The six channels: the face whole, then the same with the rectangle around the mouth black.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        one, two, three, four, five = widths
        self.audio_model = SoundEncoder(widths)
        self.fuse_conv = nn.Sequential(Pair(five * 2, five, 1), Pair(five, four, 1))
        self.inc = Entry(6, one)
        self.down1, self.down2 = Down(one, two), Down(two, three)
        self.down3, self.down4 = Down(three, four), Down(four, five)
        self.up1, self.up2 = Up(five, four // 2), Up(four, three // 2)
        self.up3, self.up4 = Up(three, two // 2), Up(two, one)
        self.outc = Exit(one)

    def forward(self, faces: torch.Tensor, sound: torch.Tensor) -> torch.Tensor:
        return self.up(self.down(faces), sound)

    def down(self, faces: torch.Tensor) -> Levels:
        """What the five levels see of faces [B, 6, 160, 160], the whole size first."""
        first = self.inc(faces)
        second = self.down1(first)
        third = self.down2(second)
        fourth = self.down3(third)
        return first, second, third, fourth, self.down4(fourth)

    def up(self, levels: Levels, sound: torch.Tensor) -> torch.Tensor:
        """BGR [B, 3, 160, 160] of 0..1 from what `down` gave and sound [B, 16, 32, 32]."""
        first, second, third, fourth, fifth = levels
        lowest = torch.cat([fifth, self.audio_model(sound)], dim=1)
        x = self.up1(self.fuse_conv(lowest), fourth)
        x = self.up4(self.up3(self.up2(x, third), second), first)
        return torch.sigmoid(self.outc(x))


class UltralightFaces(nn.Module):
    """faces uint8 BGR [B, 160, 160, 3] and sound to uint8 I420 faces [B, 240, 160]."""

    kept: torch.Tensor

    def __init__(self, network: Ultralight) -> None:
        super().__init__()
        self.network = network
        self.to_i420 = ToI420("bgr")
        kept = torch.ones(1, 1, SIDE, SIDE)
        kept[:, :, *_PAINTED] = 0
        self.register_buffer("kept", kept, persistent=False)

    def forward(self, faces: torch.Tensor, sound: torch.Tensor) -> torch.Tensor:
        painted = self.network(masked(faces, self.kept), sound.to(self.kept.dtype))
        return cast(torch.Tensor, self.to_i420(painted))


def masked(faces: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    """What the network takes of faces, uint8 BGR [B, 160, 160, 3]: both halves of its channels."""
    whole = faces.permute(0, 3, 1, 2).to(kept.dtype) / 255
    return torch.cat([whole, whole * kept], dim=1)


def folded(network: Ultralight) -> UltralightFaces:
    """A loaded network from faces to faces, its normalisation in its convolutions."""
    network.eval().requires_grad_(False)
    fold(network)
    return UltralightFaces(network)
