"""Which draws mouths better: an atlas of 64, 96 or 128 states, or a small decoder.

`python -m data.build.person.compare --folder FOLDER --out FILE`. In: a folder with `chosen.json`
and `held.json` (tables of `data.build.person.choose`; the held-out one holds runs of `_RUN`
consecutive ticks of speech that the choosing never saw), the pictures of both, `chosen/000.png` and
on and `held/000.png` and on, and maybe `decoder.onnx` (`data.build.person.compare_decoder`). Out:
figures as JSON, and a contact sheet: the truth on top, a row for each way to draw below it.
"""

from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Annotated, Final

import cv2
import msgspec
import numpy as np
import onnxruntime
import typer
from numpy.typing import NDArray

from data.build.person.compare_decoder import features, pictures_of, table_of
from models.face.atlas import Atlas

Grey = NDArray[np.float32]
Draw = Callable[[NDArray[np.float32]], NDArray[np.uint8]]

_LIPS: Final = (slice(8, 88), slice(18, 126))
"""Rows and columns of lips in the mouth's picture."""
_RUN: Final = 6
_SIZES: Final = (64, 96, 128)
_TEETH_GREY: Final = 90
_TEETH_COLOUR: Final = 26
"""Teeth are brighter than the one, and their channels differ by less than the other."""
_ROUNDS: Final = 20


class LipFigures(msgspec.Struct, frozen=True):
    """psnr: dB of the lips' luma against the render. worst: of the worst tick.

    sharp, teeth: gradient energy of the lips' and of the teeth's region, 1 as the render's.
    flicker: grey levels by which the change from tick to tick misses the render's change.
    liveliness: size of the change from tick to tick, 1 as the render's. milliseconds: of one
    core, for a mouth.
    """

    psnr: float
    worst: float
    sharp: float
    teeth: float
    flicker: float
    liveliness: float
    milliseconds: float


def atlas_of(states: NDArray[np.float32], mouths: NDArray[np.uint8]) -> Draw:
    """Draw as the built-in engine does, in I420."""
    faces = np.stack([cv2.cvtColor(mouth, cv2.COLOR_BGR2YUV_I420) for mouth in mouths])
    atlas, out = Atlas(states), np.empty_like(faces[0])

    def draw(parameters: NDArray[np.float32]) -> NDArray[np.uint8]:
        first, second, share = atlas.choose(parameters)
        cv2.addWeighted(faces[first], 1 - share, faces[second], share, 0, dst=out)
        return np.asarray(cv2.cvtColor(out, cv2.COLOR_YUV2BGR_I420), np.uint8)

    return draw


def decoder_of(path: Path) -> Draw:
    """Draw by the network, in BGR."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def draw(parameters: NDArray[np.float32]) -> NDArray[np.uint8]:
        drawn = session.run(None, {"features": features(parameters[None])})[0][0]
        return np.asarray(np.clip(drawn.transpose(1, 2, 0) * 255 + 0.5, 0, 255), np.uint8)

    return draw


def figures(draw: Draw, states: NDArray[np.float32], truth: NDArray[np.uint8]) -> LipFigures:
    """How well a way to draw shows the held-out states [n, 8], whose pictures are the truth."""
    drawn = np.stack([draw(state) for state in states])
    started = process_time()
    for _ in range(_ROUNDS):
        for state in states:
            draw(state)
    spent = (process_time() - started) / _ROUNDS / len(states)
    mine, theirs = _grey(drawn), _grey(truth)
    missed = np.square(mine - theirs).mean(axis=(1, 2))
    teeth = _teeth(truth)
    moved, wanted = _changes(mine), _changes(theirs)
    return LipFigures(
        psnr=_decibels(float(missed.mean())),
        worst=_decibels(float(missed.max())),
        sharp=_share(_energy(mine).sum(), _energy(theirs).sum()),
        teeth=_share(_energy(mine)[teeth].sum(), _energy(theirs)[teeth].sum()),
        flicker=round(float(np.abs(moved - wanted).mean()), 3),
        liveliness=_share(np.abs(moved).mean(), np.abs(wanted).mean()),
        milliseconds=round(spent * 1e3, 3),
    )


def _grey(pictures: NDArray[np.uint8]) -> Grey:
    """The lips' luma, float32 [n, h, w]."""
    lips = pictures[:, *_LIPS]
    return np.stack([cv2.cvtColor(each, cv2.COLOR_BGR2GRAY) for each in lips]).astype(np.float32)


def _teeth(pictures: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where teeth and their edges are seen, bool [n, h, w]."""
    lips = pictures[:, *_LIPS].astype(np.int16)
    pale = (np.ptp(lips, axis=-1) < _TEETH_COLOUR) & (lips.mean(axis=-1) > _TEETH_GREY)
    kernel = np.ones((3, 3), np.uint8)
    return np.stack([cv2.dilate(each.astype(np.uint8), kernel) for each in pale]) > 0


def _energy(grey: Grey) -> Grey:
    across, down = np.gradient(grey, axis=(1, 2))
    return np.asarray(np.square(across) + np.square(down), np.float32)


def _changes(grey: Grey) -> Grey:
    """From tick to tick inside each run."""
    runs = grey.reshape(-1, _RUN, *grey.shape[1:])
    return np.asarray(np.diff(runs, axis=1), np.float32)


def _decibels(missed: float) -> float:
    return round(float(10 * np.log10(255**2 / missed)), 2)


def _share(mine: float, theirs: float) -> float:
    return round(float(mine / theirs), 3)


def main(
    folder: Annotated[Path, typer.Option(help="Tables, pictures and the decoder.")],
    out: Annotated[Path, typer.Option(help="Where the figures go.")],
    sheet: Annotated[Path | None, typer.Option(help="Where the contact sheet goes.")] = None,
) -> None:
    """Compare ways to draw mouths."""
    cv2.setNumThreads(1)
    states, mouths = table_of(folder / "chosen.json"), pictures_of(folder / "chosen")
    held, truth = table_of(folder / "held.json"), pictures_of(folder / "held")
    ways: dict[str, Draw] = {
        f"atlas of {size}": atlas_of(states[:size], mouths[:size])
        for size in _SIZES
        if size <= len(mouths)
    }
    if (folder / "decoder.onnx").is_file():
        ways["decoder"] = decoder_of(folder / "decoder.onnx")
    found = {name: figures(draw, held, truth) for name, draw in ways.items()}
    text = msgspec.json.encode({"figures": found, "held": np.round(held.astype(float), 3).tolist()})
    out.write_bytes(msgspec.json.format(text, indent=1) + b"\n")
    for name, each in found.items():
        typer.echo(f"{name}: {each}")
    if sheet is not None:
        rows = [truth, *(np.stack([draw(state) for state in held]) for draw in ways.values())]
        lips = [np.concatenate(list(row[:, *_LIPS]), axis=1) for row in rows]
        cv2.imwrite(str(sheet), np.concatenate(lips))


if __name__ == "__main__":
    typer.run(main)
