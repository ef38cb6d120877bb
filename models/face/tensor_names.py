"""The names of the tensors in a weights file, and nothing else of it: without torch, in an instant.

In: a `.safetensors` file, or one of `torch.save`: a zip, or before torch 1.6 pickles, one after
another. Out: its strings, the tensors' names among them. Runs in commands and where an
engine looks for its weights. Nothing is unpickled: `pickletools` splits the bytes into opcodes.
Owns nothing.
"""

import json
import pickletools
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from models.face.formats import SAFETENSORS

_LENGTH_BYTES: Final = 8
_MOST_BYTES: Final = 16 << 20
"""Of a header, or of the pickles at a file's start."""
_MOST_STEPS: Final = 500_000
_OLD_PICKLES: Final = 4
"""Magic number, version, machine, and what was saved."""


def tensor_names(path: Path) -> frozenset[str]:
    """Empty for what is no weights file, or a broken one; whoever loads it says what is wrong."""
    try:
        with path.open("rb") as file:
            if path.suffix == SAFETENSORS:
                return _of_safetensors(file)
            if zipfile.is_zipfile(file):
                return frozenset(_strings(BytesIO(_pickle_in(file)), 1))
            file.seek(0)
            return frozenset(_strings(BytesIO(file.read(_MOST_BYTES)), _OLD_PICKLES))
    except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile):
        return frozenset()


def _of_safetensors(file: BinaryIO) -> frozenset[str]:
    length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
    header = json.loads(file.read(min(length, _MOST_BYTES)))
    return frozenset(header) if isinstance(header, dict) else frozenset()


def _pickle_in(file: BinaryIO) -> bytes:
    """The pickle of an archive; ValueError for one that is too large to be a list of names."""
    with zipfile.ZipFile(file) as archive:
        [entry] = [one for one in archive.infolist() if one.filename.endswith("/data.pkl")]
        if entry.file_size > _MOST_BYTES:
            raise ValueError(f"{entry.filename}: {entry.file_size} bytes")
        return archive.read(entry)


def _strings(file: BytesIO, pickles: int) -> Iterator[str]:
    """Up to where the pickles are broken."""
    with suppress(ValueError):
        for _ in range(pickles):
            for _, argument, _ in islice(pickletools.genops(file), _MOST_STEPS):
                if isinstance(argument, str):
                    yield argument
