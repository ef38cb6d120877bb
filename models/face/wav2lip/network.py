"""Wav2Lip's generator at 96 and at 256 pixels, with the published names of its weights.

In: mel windows and faces; out: faces. Torch modules; owns their parameters. After
Prajwal et al., "A Lip Sync Expert Is All You Need" (2020), models/wav2lip.py, and for 256 px
the variant that LiveTalking runs (wav2lip_v2.py): one halving more, and a bottleneck of 4.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

import torch
from torch import nn

from models.face.network import ToI420, fold
from models.face.runner import FaceShapes
from models.face.wav2lip.mel import BANDS, COLUMNS


@dataclass(frozen=True)
class Variant:
    """The shape of one generator.

    size: side of a face in pixels. halvings: channels and residual layers after each halving
    of the face. doublings: the same after each doubling back. bottleneck: the side of what
    the last halving leaves, and the kernel that closes it.
    """

    size: int
    halvings: tuple[tuple[int, int], ...]
    doublings: tuple[tuple[int, int], ...]
    bottleneck: int

    def narrowed(self, by: int) -> "Variant":
        """The same with every width divided, for tests."""
        return Variant(
            self.size,
            tuple((channels // by, residual) for channels, residual in self.halvings),
            tuple((channels // by, residual) for channels, residual in self.doublings),
            self.bottleneck,
        )


SIZE_96: Final = Variant(
    size=96,
    halvings=((32, 2), (64, 3), (128, 2), (256, 2), (512, 1)),
    doublings=((512, 2), (384, 2), (256, 2), (128, 2), (64, 2)),
    bottleneck=3,
)
SIZE_256: Final = Variant(
    size=256,
    halvings=((32, 2), (64, 3), (128, 2), (256, 2), (512, 1), (512, 1)),
    doublings=((512, 1), (512, 2), (384, 2), (256, 2), (128, 2), (64, 2)),
    bottleneck=4,
)


class Layer(nn.Module):
    """A convolution, normalised and rectified; `residual` adds what went in.

    fused: all of it is one call of cuDNN; only after `fold`, and on CUDA.
    """

    def __init__(self, convolution: nn.Module, channels: int, *, residual: bool = False) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(convolution, nn.BatchNorm2d(channels))
        self.residual = residual
        self.fused = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.fused:
            return self._fused(x)
        made: torch.Tensor = self.conv_block(x)
        return torch.relu(made + x if self.residual else made)

    def _fused(self, x: torch.Tensor) -> torch.Tensor:
        conv = cast(nn.Conv2d, self.conv_block[0])
        padding = cast(tuple[int, ...], conv.padding)
        how = conv.stride, padding, conv.dilation, conv.groups
        if self.residual:
            return torch.cudnn_convolution_add_relu(x, conv.weight, x, 1, conv.bias, *how)
        return torch.cudnn_convolution_relu(x, conv.weight, conv.bias, *how)


class Wav2Lip(nn.Module):
    """mel [B, 1, 80, 16] and faces [B, 6, s, s] of 0..1 to BGR faces [B, 3, s, s] of 0..1.

    The six channels: BGR with the lower half black, then the same face whole.
    """

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        self.face_encoder_blocks = nn.ModuleList(_face_encoder(variant))
        self.audio_encoder = nn.Sequential(*_audio_encoder(variant.halvings[-1][0]))
        self.face_decoder_blocks = nn.ModuleList(_face_decoder(variant))
        last = variant.doublings[-1][0]
        skipped = variant.halvings[0][0] // 2
        self.output_block = nn.Sequential(
            _layer(last + skipped, last // 2), nn.Conv2d(last // 2, 3, 1), nn.Sigmoid()
        )

    def forward(self, mel: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
        seen = [faces]
        for block in self.face_encoder_blocks:
            seen.append(block(seen[-1]))
        x: torch.Tensor = self.audio_encoder(mel)
        for block in self.face_decoder_blocks:
            x = torch.cat([block(x), seen.pop()], dim=1)
        return cast(torch.Tensor, self.output_block(x))


class Wav2LipFaces(nn.Module):
    """faces uint8 BGR [B, s, s, 3] and mel [B, 80, 16] to uint8 I420 faces [B, s * 3 // 2, s]."""

    upper: torch.Tensor

    def __init__(self, network: Wav2Lip, size: int) -> None:
        super().__init__()
        self.network = network
        self.to_i420 = ToI420("bgr")
        upper = torch.ones(1, 1, size, size)
        upper[:, :, size // 2 :] = 0
        self.register_buffer("upper", upper, persistent=False)

    def forward(self, faces: torch.Tensor, mel: torch.Tensor) -> torch.Tensor:
        whole = faces.permute(0, 3, 1, 2).to(self.upper.dtype) / 255
        both = torch.cat([whole * self.upper, whole], dim=1)
        painted = self.network(mel.to(self.upper.dtype)[:, None], both)
        return cast(torch.Tensor, self.to_i420(painted))


def folded(network: Wav2Lip, size: int) -> Wav2LipFaces:
    """A loaded generator from faces to faces, its normalisation in its convolutions."""
    network.eval().requires_grad_(False)
    fold(network)
    return Wav2LipFaces(network, size)


def row_of(size: int) -> FaceShapes:
    """What the generator of this size takes and gives."""
    return FaceShapes((size, size, 3), torch.uint8, (BANDS, COLUMNS), (size * 3 // 2, size))


def fuse(network: nn.Module) -> None:
    """Let cuDNN do whole layers at once, where their widths suit tensor cores (eights)."""
    for layer in network.modules():
        if isinstance(layer, Layer):
            conv = layer.conv_block[0]
            layer.fused = isinstance(conv, nn.Conv2d) and not conv.in_channels % 8


def _layer(
    inner: int,
    outer: int,
    kernel: int = 3,
    stride: int | tuple[int, int] = 1,
    padding: int = 1,
) -> Layer:
    return Layer(nn.Conv2d(inner, outer, kernel, stride, padding), outer)


def _residuals(channels: int, count: int) -> Iterator[Layer]:
    for _ in range(count):
        yield Layer(nn.Conv2d(channels, channels, 3, 1, 1), channels, residual=True)


def _face_encoder(variant: Variant) -> Iterator[nn.Sequential]:
    inner = variant.halvings[0][0] // 2
    yield nn.Sequential(_layer(6, inner, kernel=7, padding=3))
    for outer, residual in variant.halvings:
        yield nn.Sequential(_layer(inner, outer, stride=2), *_residuals(outer, residual))
        inner = outer
    closing = _layer(inner, inner, kernel=variant.bottleneck, padding=0)
    yield nn.Sequential(closing, _layer(inner, inner, kernel=1, padding=0))


def _audio_encoder(width: int) -> Iterator[Layer]:
    """[B, 1, 80, 16] to [B, width, 1, 1]."""
    strides: tuple[int | tuple[int, int], ...] = (1, (3, 1), 3, (3, 2))
    inner = 1
    for number, (stride, residual) in enumerate(zip(strides, (2, 2, 2, 1), strict=True)):
        outer = width // 16 << number
        yield _layer(inner, outer, stride=stride)
        yield from _residuals(outer, residual)
        inner = outer
    yield _layer(inner, width, padding=0)
    yield _layer(width, width, kernel=1, padding=0)


def _face_decoder(variant: Variant) -> Iterator[nn.Sequential]:
    """Each block's input is the block before it beside what the encoder saw at its size."""
    width = variant.halvings[-1][0]
    yield nn.Sequential(_layer(width, width, kernel=1, padding=0))
    opening = nn.ConvTranspose2d(2 * width, width, variant.bottleneck)
    yield nn.Sequential(Layer(opening, width), *_residuals(width, 1))
    inner = width
    beside = [channels for channels, _ in reversed(variant.halvings)]
    for (outer, residual), skipped in zip(variant.doublings, beside, strict=True):
        double = nn.ConvTranspose2d(inner + skipped, outer, 3, 2, 1, output_padding=1)
        yield nn.Sequential(Layer(double, outer), *_residuals(outer, residual))
        inner = outer
