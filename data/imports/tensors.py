"""Tensors from a file of `torch.save`, read without torch and without unpickling.

In: a `.pt` file in torch's zip format (1.6 and later). Out: numpy arrays, in lists, tuples
and dicts as they were saved. Pure; runs where avatars are imported. Code in the file is never
run: what it names is looked up in a table, as `torch.load(weights_only=True)` does. Source:
torch/serialization.py (`_save`) and torch/_utils.py (`_rebuild_tensor_v2`).
"""

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.imports.errors import ImportRefused
from data.imports.pickles import read_pickle

MAX_BYTES: Final = 4 << 30


class _Storage:
    """The class of a storage: its numpy type, and whether that stands for bfloat16."""

    def __init__(self, code: str, brain: bool = False) -> None:
        self.dtype = np.dtype(code)
        self.brain = brain

    def __call__(self, *_: Any) -> Any:
        raise ImportRefused("the file calls a storage itself")


class _Content:
    """A storage's flat array, as its persistent id stands for it."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array


class _Tensor:
    def __init__(self, array: NDArray[Any]) -> None:
        self._array = array

    def build(self, state: Any) -> None:
        raise ImportRefused("a tensor has a state of its own")

    def value(self) -> NDArray[Any]:
        return self._array


def safe_tensors(path: Path) -> Any:
    """The value saved at `path`, every tensor an array (bfloat16 as float32).

    ImportRefused names what the file tried to load, or what is broken.
    """
    if not path.is_file():
        raise ImportRefused(f"{path}: no such file")
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive)
    except zipfile.BadZipFile as error:
        raise ImportRefused(
            f"{path}: not in the zip format of torch.save (torch 1.6 and later); "
            "load it with an old torch and save it again"
        ) from error
    except ImportRefused as error:
        raise ImportRefused(f"{path}: {error}") from error


def _read(archive: zipfile.ZipFile) -> Any:
    entries = {info.filename: info for info in archive.infolist()}
    pickles = [name for name in entries if name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise ImportRefused("there is no data.pkl in it; is it a file of torch.save?")
    root = pickles[0].removesuffix("data.pkl")
    if sum(info.file_size for info in entries.values()) > MAX_BYTES:
        raise ImportRefused(f"larger than {MAX_BYTES >> 30} GB")
    if any(info.compress_type != zipfile.ZIP_STORED for info in entries.values()):
        raise ImportRefused("its parts are compressed; torch.save stores them plain")
    big = _text(archive, f"{root}byteorder") == "big"
    contents: dict[str, _Content] = {}

    def storage(wanted: Any) -> _Content:
        kind, key = _storage_id(wanted)
        if key not in contents:
            if f"{root}data/{key}" not in entries:
                raise ImportRefused(f"storage {key!r} is missing")
            raw = archive.read(f"{root}data/{key}")
            contents[key] = _Content(_numbers(raw, kind, big))
        return contents[key]

    return read_pickle(archive.read(pickles[0]), _NAMES, storage)


def _text(archive: zipfile.ZipFile, name: str) -> str:
    """The text of an entry, empty if it is not there."""
    if name not in archive.namelist():
        return ""
    return archive.read(name).decode("ascii", "replace").strip()


def _storage_id(wanted: Any) -> tuple[_Storage, str]:
    """("storage", class, key, device, number of elements)."""
    fits = isinstance(wanted, tuple) and len(wanted) == 5 and wanted[0] == "storage"
    if not fits or not isinstance(wanted[1], _Storage) or not isinstance(wanted[2], str):
        raise ImportRefused("the file refers to something that is no storage of a tensor")
    return wanted[1], wanted[2]


def _numbers(raw: bytes, kind: _Storage, big: bool) -> NDArray[Any]:
    if len(raw) % kind.dtype.itemsize:
        raise ImportRefused(f"a storage of {kind.dtype} has {len(raw)} bytes")
    flat = np.frombuffer(raw, kind.dtype.newbyteorder(">" if big else "<")).astype(kind.dtype)
    if kind.brain:  # the upper half of a float32
        return (flat.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return flat


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> _Tensor:
    """`_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`."""
    sizes = (offset, *size, *stride)
    if not isinstance(storage, _Content) or len(size) != len(stride):
        raise ImportRefused("a tensor is not made of a storage, a size and a stride")
    if any(type(number) is not int or number < 0 for number in sizes):
        raise ImportRefused(f"a tensor has size {size} and stride {stride}")
    flat = storage.array
    last = offset + sum((side - 1) * step for side, step in zip(size, stride, strict=True))
    if 0 not in size and last >= len(flat):
        raise ImportRefused(f"a tensor of size {size} reaches beyond its storage")
    if 0 in size:
        return _Tensor(np.empty(size, flat.dtype))
    if any(step == 0 and side > 1 for side, step in zip(size, stride, strict=True)):
        raise ImportRefused("a tensor repeats its storage; save a copy of it")
    steps = tuple(step * flat.itemsize for step in stride)
    return _Tensor(np.lib.stride_tricks.as_strided(flat[offset:], size, steps, writeable=False))


def _parameter(data: Any, *_: Any) -> Any:
    return data


def _ordered(*pairs: Any) -> dict[Any, Any]:
    """`collections.OrderedDict()`, also of backward hooks, which are empty."""
    if pairs:
        raise ImportRefused("an OrderedDict is made of something")
    return {}


_NAMES: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        "torch._utils _rebuild_tensor_v2": _tensor,
        "torch._utils _rebuild_parameter": _parameter,
        "collections OrderedDict": _ordered,
        "torch FloatStorage": _Storage("f4"),
        "torch HalfStorage": _Storage("f2"),
        "torch BFloat16Storage": _Storage("u2", brain=True),
        "torch DoubleStorage": _Storage("f8"),
        "torch LongStorage": _Storage("i8"),
        "torch IntStorage": _Storage("i4"),
        "torch ShortStorage": _Storage("i2"),
        "torch CharStorage": _Storage("i1"),
        "torch ByteStorage": _Storage("u1"),
        "torch BoolStorage": _Storage("?"),
    }
)
