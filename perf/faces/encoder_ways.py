"""The ways to run an encoder that `perf.faces.encoders` compares, on networks of published shapes.

In: a folder for checkpoints of random numbers. Out: checkpoints as published, and for each way a
function from sound to rows. Runs in the benchmark's process; owns what it makes.
"""

import copy
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn
from transformers import (
    HubertConfig,
    HubertModel,
    Wav2Vec2FeatureExtractor,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperModel,
)

from data.units import FEATURE_CHUNK
from models.face.encoders.compute import pack
from models.face.encoders.logmel import LogMel
from models.face.encoders.states import EncoderStates

if TYPE_CHECKING:
    from collections.abc import Mapping

Rows = NDArray[np.float32]
Way = Callable[[Rows], Rows]
"""float32 [B, chunks * 320] to the encoder's rows."""
CPU: Final = torch.device("cpu")
INT8: Final = {torch.nn.Linear}


def save_hubert(folder: Path) -> None:
    """facebook/hubert-large-ls960-ft's shapes."""
    torch.manual_seed(0)
    config = HubertConfig(
        hidden_size=1024,
        num_hidden_layers=24,
        num_attention_heads=16,
        intermediate_size=4096,
        feat_extract_norm="layer",
        conv_bias=True,
        do_stable_layer_norm=True,
    )
    HubertModel(config).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(folder)  # type: ignore[no-untyped-call] # theirs


def save_whisper(folder: Path) -> None:
    """openai/whisper-tiny's shapes; the decoder, which nobody runs, is smaller."""
    torch.manual_seed(0)
    config = WhisperConfig(
        d_model=384,
        encoder_layers=4,
        encoder_attention_heads=6,
        encoder_ffn_dim=1536,
        decoder_layers=1,
        decoder_attention_heads=6,
        decoder_ffn_dim=384,
    )
    WhisperModel(config).save_pretrained(folder)
    WhisperFeatureExtractor().save_pretrained(folder)  # type: ignore[no-untyped-call] # theirs


class LastState(nn.Module):
    """HuBERT from normalised sound to its last hidden state."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self._network = network

    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, self._network(sound).last_hidden_state)


class AllStates(nn.Module):
    """Whisper as transformers runs it: all rows of all layers, then the first ones."""

    def __init__(self, network: nn.Module, rows: int) -> None:
        super().__init__()
        self._network, self._rows = network, rows

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        states = self._network(mel, output_hidden_states=True).hidden_states
        return torch.stack([state[:, : self._rows] for state in states], dim=2)


class FirstStates(nn.Module):
    """Whisper as the engine runs it, for a fixed number of rows."""

    def __init__(self, network: nn.Module, rows: int) -> None:
        super().__init__()
        self._network, self._rows = EncoderStates(network), rows  # type: ignore[arg-type] # theirs

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, self._network(mel, self._rows))


def hubert_ways(folder: Path, chunks: int, threads: int) -> "Mapping[str, Way]":
    """All ways, the exact one first."""

    def front(sound: Rows) -> torch.Tensor:
        normal = sound - sound.mean(axis=1, keepdims=True)
        return torch.from_numpy(normal / np.sqrt(sound.var(axis=1, keepdims=True) + 1e-7))

    plain = LastState(HubertModel.from_pretrained(folder)).eval().requires_grad_(False)
    example = torch.zeros(1, chunks * FEATURE_CHUNK)
    return _ways({"torch fp32": plain}, plain, front, example, folder, threads)


def whisper_ways(folder: Path, chunks: int, threads: int) -> "Mapping[str, Way]":
    """All ways, the exact one first."""
    front = LogMel(WhisperFeatureExtractor.from_pretrained(folder), CPU)
    network = WhisperModel.from_pretrained(folder).get_encoder().eval().requires_grad_(False)
    whole, short = AllStates(network, chunks), FirstStates(network, chunks)
    plain = {"torch fp32": whole.eval(), "torch fp32, short": short.eval()}
    return _ways(plain, short, front, torch.zeros(1, 80, 3000), folder, threads)


def _ways(
    plain: dict[str, nn.Module],
    network: nn.Module,
    front: Callable[[Rows], torch.Tensor],
    example: torch.Tensor,
    folder: Path,
    threads: int,
) -> dict[str, Way]:
    """plain: networks that run as they are. network: the one that the other ways run."""
    packed = copy.deepcopy(network)
    pack(packed)
    half = copy.deepcopy(network).to(torch.bfloat16)
    half_packed = copy.deepcopy(half)
    pack(half_packed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it talks about its successor
        int8 = torch.ao.quantization.quantize_dynamic(  # type: ignore[no-untyped-call] # theirs
            copy.deepcopy(network), INT8, dtype=torch.qint8
        )
    ways = {name: _torch(way, front, torch.float32) for name, way in plain.items()}
    ways |= {
        "torch fp32, packed": _torch(packed, front, torch.float32),
        "torch bf16": _torch(half, front, torch.bfloat16),
        "torch bf16, packed": _torch(half_packed, front, torch.bfloat16),
        "torch int8": _torch(int8, front, torch.float32),
    }
    whole, small = folder / "network.onnx", folder / "network8.onnx"
    if not small.exists():
        _export(network, example, whole)
        quantize_dynamic(
            whole,
            small,
            per_channel=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gemm"],
            extra_options={"MatMulConstBOnly": True},
        )
    ways["onnxruntime fp32"] = _onnx(whole, front, threads)
    ways["onnxruntime int8"] = _onnx(small, front, threads)
    return ways


def _torch(network: nn.Module, front: Callable[[Rows], torch.Tensor], dtype: torch.dtype) -> Way:
    def run(sound: Rows) -> Rows:
        with torch.inference_mode():
            rows: Rows = network(front(sound).to(dtype)).float().numpy()
        return rows

    return run


def _onnx(path: Path, front: Callable[[Rows], torch.Tensor], threads: int) -> Way:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def run(sound: Rows) -> Rows:
        rows: Rows = session.run(None, {"in": front(sound).numpy()})[0]
        return rows

    return run


def _export(network: nn.Module, example: torch.Tensor, path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        torch.onnx.export(
            network,
            (example,),
            path,
            input_names=["in"],
            output_names=["out"],
            opset_version=17,
            dynamo=False,
        )
