"""What the face networks share: where and how they run, faces as I420.

In: a loaded network, or BGR faces from one; out: a function that runs it, or I420 faces.
Runs in inference; needs torch, and onnx on the CPU. Owns nothing.
"""

import io
import warnings
from collections.abc import Callable
from typing import cast

import onnxruntime
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from data.i420 import FROM_BGR

Run = Callable[..., torch.Tensor]
"""Runs a network on a batch, float tensors of the device's dtype in and out."""


def device_here() -> torch.device:
    """The GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def dtype_on(device: torch.device) -> torch.dtype:
    """float16 on a GPU, float32 on a CPU."""
    return torch.float16 if device.type == "cuda" else torch.float32


def runner(network: nn.Module, device: torch.device, *shapes: tuple[int, ...]) -> Run:
    """How a loaded network runs on a device; the network itself is used up.

    shapes: of its inputs for one face, without the batch. On a GPU: torch, half precision,
    channels last. On a CPU: onnxruntime, which needs half the time of torch's for small
    networks.
    """
    network.eval().requires_grad_(False)
    fold(network)
    if device.type == "cpu":
        return _onnx_runner(network, shapes)
    network = network.to(device, dtype_on(device))
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return] # torch's stub lacks this keyword alone


def _onnx_runner(network: nn.Module, shapes: tuple[tuple[int, ...], ...]) -> Run:
    names = [f"in{number}" for number in range(len(shapes))]
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter talks about its successor
        torch.onnx.export(
            network,
            tuple(torch.zeros(2, *shape) for shape in shapes),
            file,  # type: ignore[arg-type] # this exporter writes to a stream too, as it documents
            input_names=names,
            output_names=["out"],
            dynamic_axes={name: {0: "batch"} for name in [*names, "out"]},
            opset_version=17,
            dynamo=False,
        )
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(
        file.getvalue(), options, providers=["CPUExecutionProvider"]
    )

    def run(*inputs: torch.Tensor) -> torch.Tensor:
        arrays = [tensor.contiguous().numpy() for tensor in inputs]
        return torch.from_numpy(session.run(None, dict(zip(names, arrays, strict=True)))[0])

    return run


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


def i420_faces(bgr: torch.Tensor) -> torch.Tensor:
    """Faces [B, 3, H, W] of 0..1, any float dtype, to uint8 I420 [B, H * 3 // 2, W].

    The same numbers as data.i420.i420_from_bgr of the same values, in float32.
    """
    count, _, height, width = bgr.shape
    matrix = torch.from_numpy(FROM_BGR).to(bgr.device)
    colours = bgr.float().mul(255).flatten(2)
    yuv = torch.einsum("kc,bcn->bkn", matrix[:, :3], colours) + matrix[:, 3:]
    yuv = yuv.view(count, 3, height, width)
    chroma = functional.avg_pool2d(yuv[:, 1:], 2)
    whole = torch.cat([yuv[:, 0].flatten(1), chroma.flatten(1)], dim=1)
    return whole.round().clamp(0, 255).to(torch.uint8).view(count, height * 3 // 2, width)
