"""Makes the two graphs of an avatar's network, in the numbers that suit it: a process of its own.

    python -m models.face.ultralight.build WEIGHTS HUBERT FOLDER WIDTHS PARENT < FACES

In: a person's weights, some of the avatar's faces (npy), the folder of HuBERT. Out: `FOLDER`,
whole or not at all: `seen.onnx`, `painted.onnx` and `verdict.json`. Takes half a minute of one
core, behind the sessions, once for each avatar; ends with the process that started it. Owns
what it loads; gone with it.

int8 takes half of float32's time, and whether it is near enough depends on the weights. So it is
asked of the avatar itself: its own frames with HuBERT's rows of a sentence of the built-in voice,
half of them to find the scales, the other half to compare. What is not `NEAREST` there, or not
faster on this processor, or cannot be compared, stays float32.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import soxr
import torch
from numpy.typing import NDArray

from data.staging import staged
from data.units import FEATURE_RATE, FEATURE_TICK
from models.face.encoders.checkpoint import EncoderError
from models.face.encoders.hubert import HubertEncoder
from models.face.encoders.stream import encode
from models.face.ultralight.graphs import Graphs, plain, quantised, stored
from models.face.ultralight.network import Ultralight, folded
from models.face.ultralight.network_halves import PAINTED, SEEN, NetworkHalves
from models.face.ultralight.precision import NEAREST, VERDICT, PrecisionChoice
from models.face.ultralight.sizes import LEVELS, SOUND
from models.face.ultralight.weights import load_ultralight
from models.voice.errors import VoiceMissing
from models.voice.hibari import HibariVoice

SAID: Final = "We both saw five huge ships move past the old port, and nobody knew who they were."
PAIRS: Final = 32
"""Of a frame and a tick; every other one to calibrate."""
_TURNS: Final = 5
_NICE: Final = 10
_PR_SET_PDEATHSIG: Final = 1
Pair = tuple[NDArray[np.uint8], NDArray[np.float32]]


def build(weights: Path, faces: NDArray[np.uint8], hubert: Path, folder: Path, widths: str) -> None:
    """Make `folder`. WeightsError when `weights` are not an Ultralight network's."""
    with torch.device("meta"):
        network = Ultralight(tuple(int(width) for width in widths.split(",")))
    load_ultralight(network, weights)
    whole = folded(network)
    with staged(folder) as new:
        stored(whole).write(new / SEEN, new / PAINTED)
        verdict = _judged(plain(whole), faces, hubert, new)
        (new / VERDICT).write_bytes(msgspec.json.encode(verdict))
    for old in folder.parent.iterdir():
        if old != folder and not old.name.startswith("."):
            _remove(old)


def _judged(
    graphs: Graphs, faces: NDArray[np.uint8], hubert: Path, folder: Path
) -> PrecisionChoice:
    """Leaves int8 in `folder` if it is good enough."""
    try:
        heard = _windows(hubert)
    except (EncoderError, VoiceMissing) as error:
        return PrecisionChoice(False, None, None, f"not compared: {error}")
    pairs = [(faces[at % len(faces)], heard[at * len(heard) // PAIRS]) for at in range(PAIRS)]
    exact, small = folder / "exact", folder / "small"
    for place in (exact, small):
        place.mkdir()
    graphs.write(exact / SEEN, exact / PAINTED)
    halves = NetworkHalves(exact, 1)
    fed = (
        dict(zip(LEVELS, halves.see(face), strict=True)) | {"heard": window[None]}
        for face, window in pairs[::2]
    )
    quantised(graphs, fed).write(small / SEEN, small / PAINTED)
    verdict = compared(NetworkHalves(small, 1), halves, pairs[1::2])
    if verdict.int8:
        for name in (SEEN, PAINTED):
            (small / name).replace(folder / name)
    for place in (exact, small):
        _remove(place)
    return verdict


def compared(small: NetworkHalves, exact: NetworkHalves, pairs: Sequence[Pair]) -> PrecisionChoice:
    """How far int8 is from float32 on frames and sound that it was not calibrated on."""
    worst = min(_psnr(_face(small, pair), _face(exact, pair)) for pair in pairs)
    part = _time(small, *pairs[0]) / _time(exact, *pairs[0])
    if worst < NEAREST:
        return PrecisionChoice(False, worst, part, f"further than {NEAREST:.0f} dB from float32")
    if part >= 1:
        return PrecisionChoice(False, worst, part, "no faster than float32 on this processor")
    return PrecisionChoice(True, worst, part, "near enough")


def _windows(hubert: Path) -> NDArray[np.float32]:
    """HuBERT's windows of a sentence, [ticks, 16, 32, 32]."""
    voice = HibariVoice()
    said = np.concatenate([piece.sound for piece in voice.speak(SAID)])
    sound = soxr.resample(said, voice.rate, FEATURE_RATE).astype(np.float32)
    stream = HubertEncoder(hubert).stream(SOUND)
    growing = stream.growing()
    growing.hear(sound[: len(sound) // FEATURE_TICK * FEATURE_TICK])
    return np.stack(
        [
            feature
            for piece in growing.finish()
            for feature in stream.features(encode(stream.encoder, [piece.sound])[0], piece.ticks)
        ]
    )


def _face(halves: NetworkHalves, pair: Pair) -> NDArray[np.uint8]:
    face, window = pair
    return halves.paint(halves.see(face), window)


def _time(halves: NetworkHalves, face: NDArray[np.uint8], window: NDArray[np.float32]) -> float:
    """The least seconds of this thread's own time that a face took."""

    def once() -> float:
        begun = time.thread_time()
        halves.paint(levels, window)
        return time.thread_time() - begun

    levels = halves.see(face)
    return min(once() for _ in range(_TURNS))


def _psnr(face: NDArray[np.uint8], exact: NDArray[np.uint8]) -> float:
    """In dB; of equal ones as if one grey level in all of the face were off."""
    error = np.square(face.astype(np.float64) - exact).sum()
    return float(10 * np.log10(255**2 * face.size / max(error, 1.0)))


def _remove(path: Path) -> None:
    for inner in path.iterdir() if path.is_dir() else ():
        inner.unlink()
    path.rmdir() if path.is_dir() else path.unlink()


def _end_with_parent(parent: int) -> None:
    """Be ended when the process that started this one ends, however that happens."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("who started this is gone")


def main(weights: str, hubert: str, folder: str, widths: str, parent: str) -> None:
    """Build, behind the sessions, on one core."""
    _end_with_parent(int(parent))
    os.nice(_NICE)
    torch.set_num_threads(1)
    build(Path(weights), np.load(sys.stdin.buffer), Path(hubert), Path(folder), widths)


if __name__ == "__main__":
    main(*sys.argv[1:])
