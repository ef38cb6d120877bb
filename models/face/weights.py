"""Weights from a file to a network: read without running code, checked key by key.

In: a `.safetensors` file, or a `.pth`/`.pt`/`.bin` file of `torch.save`; out: a state dict on
the CPU, or a network that holds it. Runs where an engine loads its network; needs torch,
and safetensors for its format. Owns nothing: the tensors are the caller's.

`torch.load` reads with `weights_only=True`: a file that would run code is refused. A file is
mapped where its format allows it, so that only what is looked at is read from the disk; what a
network keeps is copied, for a file that is written over under it would end the process (SIGBUS).
"""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch

from models.face.engine import EngineError
from models.face.formats import PREFIX, SAFETENSORS, SUFFIXES

WRAPPERS: Final = ("state_dict", "model_state_dict", "model", "params_ema", "params")
"""Keys under which checkpoints keep the state dict, when it is not the file itself."""
_ARCHIVE: Final = b"PK\x03\x04"
"""How a file of `torch.save` begins since 1.6: a zip, of which torch can map the tensors."""
_NAMED: Final = 24
"""Problems that a message names one by one."""

StateDict = dict[str, torch.Tensor]


class WeightsError(EngineError):
    """A weights file is missing, unreadable, unsafe, or not for this network."""


def read_weights(path: Path) -> StateDict:
    """The state dict in `path`, on the CPU, as stored; `module.` prefixes are gone.

    Its tensors may be the mapped file itself: `own` what shall outlive the next line.
    WeightsError when there is no such file, its format is not known, it is broken, it
    would run code, or what it holds is not tensors by name.
    """
    if path.suffix not in SUFFIXES:
        raise WeightsError(f"{path}: weights end in {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise WeightsError(f"{path}: there is no such weights file")
    held = _read_safetensors(path) if path.suffix == SAFETENSORS else _read_torch(path)
    return _state_dict(held, path)


def load_weights(network: torch.nn.Module, path: Path) -> None:
    """Put the weights of `path` into `network`, on whatever device it is.

    A network on the meta device takes the file's types of number. WeightsError as in
    `read_weights`, or with every key that is missing or unexpected and every wrong shape.
    """
    state = read_weights(path)
    problems = compare(network.state_dict(), state)
    if problems:
        more = len(problems) - _NAMED
        told = [*problems[:_NAMED], *([f"and {more} more"] if more > 0 else [])]
        raise WeightsError(f"{path}: not weights of {type(network).__name__}: " + "; ".join(told))
    on_meta = any(parameter.is_meta for parameter in network.parameters())
    network.load_state_dict(own(state) if on_meta else state, strict=True, assign=on_meta)


def own(state: StateDict) -> StateDict:
    """The same tensors in memory of their own."""
    return {key: tensor.clone() for key, tensor in state.items()}


def compare(wanted: Mapping[str, torch.Tensor], given: Mapping[str, torch.Tensor]) -> list[str]:
    """One line for each key that is missing or unexpected and each shape that is wrong."""
    missing = [f"missing {key} {list(wanted[key].shape)}" for key in wanted if key not in given]
    unexpected = [
        f"unexpected {key} {list(given[key].shape)}" for key in given if key not in wanted
    ]
    shapes = [
        f"{key} has shape {list(given[key].shape)}, wanted {list(tensor.shape)}"
        for key, tensor in wanted.items()
        if key in given and given[key].shape != tensor.shape
    ]
    return missing + unexpected + shapes


def _read_torch(path: Path) -> object:
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=_is_archive(path))
    except pickle.UnpicklingError as error:
        reason = _reason(error)
        raise WeightsError(f"{path}: refused, it holds more than weights: {reason}") from error
    except (RuntimeError, EOFError, ValueError, KeyError) as error:
        raise WeightsError(f"{path}: not a whole weights file ({error})") from error


def _is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ARCHIVE)) == _ARCHIVE


def _reason(error: pickle.UnpicklingError) -> str:
    """What torch says it found, without its advice to load the file all the same."""
    found = [part.strip() for part in str(error).split("\n\n")[1:-1]]
    return " ".join(part for part in found if part) or "not a file of tensors"


def _read_safetensors(path: Path) -> object:
    from safetensors import SafetensorError  # noqa: PLC0415 - only this format needs it
    from safetensors.torch import load_file  # noqa: PLC0415 - as above

    try:
        return load_file(path)
    except SafetensorError as error:
        raise WeightsError(f"{path}: not a whole safetensors file ({error})") from error


def _state_dict(held: object, path: Path) -> StateDict:
    """The tensors by name in what a file held; one level of wrapping is taken off."""
    if not isinstance(held, dict):
        raise WeightsError(f"{path}: holds a {type(held).__name__}, not tensors by name")
    wrapped = next((held[key] for key in WRAPPERS if isinstance(held.get(key), dict)), held)
    return _tensors(wrapped, path)


def _tensors(held: Mapping[Any, Any], path: Path) -> StateDict:
    state: StateDict = {}
    for key, value in held.items():
        if not isinstance(key, str) or not isinstance(value, torch.Tensor):
            raise WeightsError(f"{path}: {key!r} is a {type(value).__name__}, not a tensor")
        state[key.removeprefix(PREFIX)] = value
    if not state:
        raise WeightsError(f"{path}: holds no tensors")
    return state


def find_weights(folder: Path, stem: str) -> Path:
    """The weights file called `stem` in `folder`, safetensors first; WeightsError if none is."""
    for suffix in SUFFIXES:
        if (folder / f"{stem}{suffix}").is_file():
            return folder / f"{stem}{suffix}"
    raise WeightsError(f"{folder}: no weights {stem}.safetensors or {stem}.pth")
