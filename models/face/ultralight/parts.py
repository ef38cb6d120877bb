"""An Ultralight network cut where sound comes in: what a frame gives, and what is left to do.

In: a folded network. Out: two modules, `Seen` and `Painted`, which are the network one after the
other. Runs where graphs are built; needs torch. Owns parts of the network's weights, copied.

Where the way up joins what it has (x) with what the way down saw (b), a 1 x 1 convolution follows,
which is a sum: W [x, b] = Wx x + Wb b. So `Wb b` belongs to the frame, and is worked out once for
it; and `Wx x` may be taken before x is enlarged, at a quarter of its size, for both are linear.
At the three lowest levels that saves a fifth of the work on the way up and costs 2.2 MB a frame
in float16; at the two highest what it would cost to keep and to enlarge is more than it saves.
"""

from typing import cast

import torch
from torch import nn
from torch.nn import functional

from models.face.network import ToI420
from models.face.ultralight.network import Inverted, Levels, Pair, UltralightFaces, masked


class _Joint(nn.Module):
    """A pair of residuals whose first convolution is done in two parts."""

    def __init__(self, pair: Pair, inner: int, *, frame_first: bool) -> None:
        """inner: channels of what comes before the other in the joined input."""
        super().__init__()
        first, self.second = pair.double_conv
        assert isinstance(first, Inverted)
        whole, *rest = first.conv
        assert isinstance(whole, nn.Conv2d)
        self.rest = nn.Sequential(*rest)
        before, after = _columns(whole, 0, inner), _columns(whole, inner, whole.in_channels)
        self.frame, self.sound = (before, after) if frame_first else (after, before)
        self.frame.bias = whole.bias

    def forward(self, frame: torch.Tensor, sound: torch.Tensor) -> torch.Tensor:
        """Of both parts at one size."""
        return cast(torch.Tensor, self.second(self.rest(frame + sound)))


def _columns(whole: nn.Conv2d, start: int, stop: int) -> nn.Conv2d:
    """The convolution of some of the input's channels, without what is added."""
    part = nn.Conv2d(stop - start, whole.out_channels, 1, bias=False)
    part.weight = nn.Parameter(whole.weight[:, start:stop].clone(), requires_grad=False)
    return part


class Joints(nn.Module):
    """The three lowest joints of a network."""

    def __init__(self, faces: UltralightFaces) -> None:
        super().__init__()
        network = faces.network
        fuse = network.fuse_conv[0]
        assert isinstance(fuse, Pair)
        five = network.audio_model.conv5.out_channels
        self.fuse = _Joint(fuse, five, frame_first=True)
        self.up1, self.up2 = (
            _Joint(up.conv, _in(up.conv) // 2, frame_first=False)
            for up in (network.up1, network.up2)
        )


def _in(pair: Pair) -> int:
    first = pair.double_conv[0]
    assert isinstance(first, Inverted)
    whole = first.conv[0]
    assert isinstance(whole, nn.Conv2d)
    return whole.in_channels


class Seen(nn.Module):
    """faces uint8 BGR [B, 160, 160, 3] to five levels, in `keeps`: two as they are, three as
    their joint takes them."""

    kept: torch.Tensor

    def __init__(self, faces: UltralightFaces, joints: Joints, keeps: torch.dtype) -> None:
        super().__init__()
        self.network, self.joints, self.keeps = faces.network, joints, keeps
        self.register_buffer("kept", faces.kept, persistent=False)

    def forward(self, faces: torch.Tensor) -> Levels:
        first, second, third, fourth, fifth = self.network.down(masked(faces, self.kept))
        joints = self.joints
        levels = (
            first,
            second,
            joints.up2.frame(third),
            joints.up1.frame(fourth),
            joints.fuse.frame(fifth),
        )
        return cast(Levels, tuple(_as(level, self.keeps) for level in levels))


class Painted(nn.Module):
    """What `Seen` gave and sound [B, 16, 32, 32] to uint8 I420 faces [B, 240, 160]."""

    def __init__(self, faces: UltralightFaces, joints: Joints) -> None:
        super().__init__()
        self.network, self.joints = faces.network, joints
        self.to_i420 = ToI420("bgr")

    def forward(self, *levels_and_sound: torch.Tensor) -> torch.Tensor:
        first, second, third, fourth, fifth, sound = (
            _as(part, torch.float32) for part in levels_and_sound
        )
        network, joints = self.network, self.joints
        x = joints.fuse(fifth, joints.fuse.sound(network.audio_model(sound)))
        x = joints.up1(fourth, _twice(joints.up1.sound(network.fuse_conv[1](x))))
        x = joints.up2(third, _twice(joints.up2.sound(x)))
        x = network.up4(network.up3(x, second), first)
        return cast(torch.Tensor, self.to_i420(torch.sigmoid(network.outc(x))))


def _twice(x: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)


def _as(x: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Without a trace in the graph where nothing is to be done."""
    return x if x.dtype == dtype else x.to(dtype)
