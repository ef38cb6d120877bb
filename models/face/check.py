"""Which network a weights file is for, and every key and shape in it that is wrong.

In: a weights file; for the checkpoints of transformers and diffusers the config beside it as
well. Out: a verdict. Runs in the command's process; needs torch, and the library of the network
in question. The networks are made on the meta device, so nothing of their size but the file
itself is in memory. Owns nothing.

A file is recognised by its keys. Names that the libraries changed since a checkpoint was
published are read as they read them.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from models.face.formats import SUFFIXES
from models.face.kinds import KINDS, Kind
from models.face.weights import StateDict, WeightsError, compare, read_weights

_SHOWN: Final = 4
"""Keys that a message about an unknown file names."""


class WeightsVerdict(NamedTuple):
    """What a file is: weights of `kind`, with these problems, or whole if there are none.

    numbers: how many the file holds.
    """

    path: Path
    kind: Kind
    numbers: int
    problems: tuple[str, ...]


def weights_files(path: Path) -> list[Path]:
    """The file itself, or all weights files in a folder and under it, hidden ones left out.

    WeightsError when there is none.
    """
    if not path.is_dir():
        return [path]
    files = sorted(_under(path))
    if not files:
        raise WeightsError(f"{path}: no file in this folder ends in {', '.join(SUFFIXES)}")
    return files


def check(path: Path, engine: str | None = None, kinds: tuple[Kind, ...] = KINDS) -> WeightsVerdict:
    """Say what the file at `path` is; with `engine`, as weights of one of its networks.

    WeightsError as in `read_weights`, or when no network has keys like these; EngineError when
    the config beside the file is missing or wrong.
    """
    asked = [kind for kind in kinds if engine is None or engine in kind.engines]
    state = read_weights(path)
    likely = [kind for kind in asked if kind.knows(state)]
    if not likely and engine is not None and len(asked) == 1:
        likely = asked
    if not likely:
        raise WeightsError(_unknown(path, state, asked))
    verdicts = [_verdict(path, kind, state) for kind in likely]
    return min(verdicts, key=lambda verdict: len(verdict.problems))


def _verdict(path: Path, kind: Kind, state: StateDict) -> WeightsVerdict:
    renamed = {kind.renamed(key): tensor for key, tensor in state.items()}
    given = {key: tensor for key, tensor in renamed.items() if key is not None}
    numbers = sum(tensor.numel() for tensor in state.values())
    return WeightsVerdict(path, kind, numbers, tuple(compare(kind.wanted(path.parent), given)))


def _unknown(path: Path, state: StateDict, asked: list[Kind]) -> str:
    keys = ", ".join(list(state)[:_SHOWN])
    known = "; ".join(f"{kind.what} ({kind.mark}...)" for kind in asked)
    return f"{path}: no network here has keys like {keys}; known are {known}"


def _under(folder: Path) -> Iterator[Path]:
    for home, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and Path(name).suffix in SUFFIXES:
                yield Path(home, name)
