"""Weights of `torch.save` to safetensors: read without running code, written whole or not at all.

In: a `.pth`, `.pt`, `.bin` or `.ckpt` file; out: a `.safetensors` file with the same tensors,
without the wrapping and the `module.` prefix of training. Runs in the command's process; needs
torch and safetensors. Owns the hidden file beside the target until it takes its place.

What was written is read back and compared, number by number, before it is called whole.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import torch

from data.staging import staged_file
from models.face.formats import SAFETENSORS, SUFFIXES
from models.face.weights import StateDict, WeightsError, read_weights

_FORMAT: Final = {"format": "pt"}
"""Metadata without which transformers and diffusers refuse a file."""
_MODE: Final = 0o644
"""Of the new file; safetensors gives its files to their owner alone."""
_TRANSFORMERS_BIN: Final = "pytorch_model.bin"
_TRANSFORMERS_SAFETENSORS: Final = "model.safetensors"


class Converted(NamedTuple):
    """The file written. numbers: how many it holds; shared: tensors that shared their memory."""

    path: Path
    tensors: int
    numbers: int
    shared: int


def default_target(source: Path) -> Path:
    """The name under which an engine finds the converted file: the source's, in its folder.

    A checkpoint of transformers (its config.json names a model_type) calls it
    model.safetensors.
    """
    if source.name == _TRANSFORMERS_BIN and _is_transformers(source.parent):
        return source.with_name(_TRANSFORMERS_SAFETENSORS)
    return source.with_suffix(SAFETENSORS)


def convert(source: Path, target: Path | None = None, *, replace: bool = False) -> Converted:
    """Write the weights in `source` to `target`, by default beside it.

    Tensors that share memory become tensors of their own, under all their names. WeightsError
    as in `read_weights`, when `source` is safetensors already, when `target` has another
    suffix or is there already (unless `replace`), or when it cannot be written.
    """
    target = target or default_target(source)
    if source.suffix == SAFETENSORS:
        raise WeightsError(f"{source}: is safetensors already")
    if target.suffix != SAFETENSORS:
        others = ", ".join(suffix for suffix in SUFFIXES if suffix != SAFETENSORS)
        raise WeightsError(f"{target}: {others} are converted to a file ending in {SAFETENSORS}")
    if target.exists() and not replace:
        raise WeightsError(f"{target}: is there already; --replace replaces it")
    state = read_weights(source)
    alone, shared = _unshared(state)
    try:
        with staged_file(target) as file:
            _write(alone, file)
            _compare(alone, file)
            file.chmod(_MODE)
    except OSError as error:
        raise WeightsError(f"{target}: cannot be written: {error}") from error
    return Converted(target, len(alone), sum(each.numel() for each in alone.values()), shared)


def _unshared(state: StateDict) -> tuple[StateDict, int]:
    """The same tensors, contiguous, none in another's memory; and how many had to be copied."""
    seen: set[int] = set()
    alone: StateDict = {}
    shared = 0
    for key, tensor in state.items():
        memory = tensor.untyped_storage()
        mine = memory.data_ptr() not in seen and memory.nbytes() == tensor.nbytes
        if memory.nbytes():
            seen.add(memory.data_ptr())
        shared += not mine
        alone[key] = tensor.contiguous() if mine else tensor.clone().contiguous()
    return alone, shared


def _write(state: StateDict, file: Path) -> None:
    from safetensors import SafetensorError  # noqa: PLC0415 - needed here only
    from safetensors.torch import save_file  # noqa: PLC0415 - as above

    try:
        save_file(state, file, metadata=_FORMAT)
    except SafetensorError as error:
        raise OSError(str(error)) from error
    with file.open("rb+") as written:
        os.fsync(written.fileno())


def _compare(state: Mapping[str, torch.Tensor], file: Path) -> None:
    """WeightsError unless the file holds these tensors, bit for bit."""
    from safetensors import safe_open  # noqa: PLC0415 - needed here only

    with safe_open(file, framework="pt") as held:
        if set(held.keys()) != set(state):
            raise WeightsError(f"{file}: was written with other keys than it was given")
        for key, tensor in state.items():
            if not _same(held.get_tensor(key), tensor):
                raise WeightsError(f"{file}: {key} was not read back as it was written")


def _same(read: torch.Tensor, written: torch.Tensor) -> bool:
    """Bit for bit, so that a NaN is itself."""
    if (read.dtype, read.shape) != (written.dtype, written.shape):
        return False
    if not read.numel():
        return True
    raw = (tensor.reshape(-1).view(torch.uint8) for tensor in (read, written))
    return torch.equal(*raw)


def _is_transformers(folder: Path) -> bool:
    try:
        config = json.loads((folder / "config.json").read_bytes())
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    return isinstance(config, dict) and "model_type" in config
