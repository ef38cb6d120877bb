"""What the networks share: colours, half precision, folded normalisation, the avatars' rows."""

from typing import Literal

import numpy as np
import pytest
import torch
from torch import nn

from data.i420 import i420_from_yuv, yuv_from_bgr
from models.face.avatar_arrays import AvatarArrays
from models.face.network import Target, ToI420, fold, placed

CPU = torch.device("cpu")


@pytest.mark.parametrize("order", ["bgr", "rgb"])
def test_colours_are_data_s_own(order: Literal["bgr", "rgb"]) -> None:
    pictures = np.random.default_rng(1).random((2, 3, 8, 12), np.float32) * 1.2 - 0.1
    given = ToI420(order)(torch.from_numpy(pictures)).numpy()
    for picture, face in zip(pictures, given, strict=True):
        bgr = picture if order == "bgr" else picture[::-1]
        levels = np.ascontiguousarray(bgr.clip(0, 1).transpose(1, 2, 0)) * 255
        wanted = i420_from_yuv(yuv_from_bgr(levels))
        assert np.abs(wanted.astype(int) - face).max() <= 1
        assert (wanted == face).mean() > 0.98


def test_a_network_made_half_keeps_its_colours_whole() -> None:
    network = nn.Sequential(nn.Conv2d(3, 3, 1), ToI420("bgr"))
    exact = ToI420("bgr").matrix
    placed(network, Target(CPU, torch.float16))
    assert network[0].weight.dtype == torch.float16
    assert not network.training
    colours = network[1]
    assert isinstance(colours, ToI420)
    torch.testing.assert_close(colours.matrix, exact, rtol=0, atol=0)
    assert colours.offset.dtype == torch.float32


def test_folded_networks_give_what_they_gave() -> None:
    torch.manual_seed(2)
    network = nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8)),
        nn.Sequential(nn.ConvTranspose2d(8, 4, 3, 2), nn.BatchNorm2d(4), nn.ReLU()),
    )
    picture = torch.randn(2, 3, 9, 9)
    network.train()(picture)
    network.eval()
    with torch.inference_mode():
        before = network(picture)
    fold(network)
    assert not any(isinstance(part, nn.BatchNorm2d) for part in network.modules())
    with torch.inference_mode():
        torch.testing.assert_close(network(picture), before, rtol=1e-4, atol=1e-5)


def test_rows_are_the_avatars_frames_in_the_network_s_numbers() -> None:
    arrays = AvatarArrays(CPU, torch.float32)
    frames = np.arange(12, dtype=np.float16).reshape(3, 4)
    frames.flags.writeable = False
    one, other = arrays.bind(frames), arrays.bind(frames + 100)
    rows = arrays.rows([other, one], [2, 0])
    assert [row.tolist() for row in rows] == [[108, 109, 110, 111], [0, 1, 2, 3]]
    assert rows[0].dtype == torch.float32
    for pose in (-1, 3):
        with pytest.raises(ValueError, match=f"pose {pose} of an avatar whose clip has 3"):
            arrays.rows([one], [pose])
    arrays.free(one)
    with pytest.raises(KeyError):
        arrays.rows([one], [0])
    assert arrays.bind(frames) not in (one, other)
