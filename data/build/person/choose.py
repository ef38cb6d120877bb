"""Choose the mouth states to render: `python -m data.build.person.choose --out FILE`.

In: the clips that the mouth's network is trained with (see `data.build.mouth`) and that network.
Out: a table {"parameters", "states"}, most wanted first, so that any beginning of it is a
good atlas; the first is the mouth at rest. Runs once before people are rendered.

Candidates are the mouths of real speech, as the network draws them and as the labels want
them. Three states of four are those that most lessen how far (to the third power, so that
large misses count) speech is from its nearest state; each fourth is the mouth furthest
from all, so that the widest jaw and the roundest lips are there and nothing is muted.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import msgspec
import numpy as np
import typer
from numpy.typing import NDArray

from data.build.mouth.examples import example
from data.build.mouth.spoken_clip import SpokenClip
from data.head import builtin_folder
from data.units import FEATURE_TICK
from models.face.atlas import TUCKED_FROM
from models.face.mel import MelStream
from models.face.mouth import PARAMETERS, SHUT_FROM, MouthNet

States = NDArray[np.float32]

_SEED: Final = 7
_CLIPS: Final = {"hibari": 30, "flite": 15, "espeak": 2}
"""How many clips of each kind and language."""
_SPLITS: Final = ("train", "val")
_POINTS: Final = 4000
_FURTHEST_EACH: Final = 4
_POWER: Final = 1.5
"""Of the square of a distance: its third power."""
_TUCKED_AS: Final = 0.8
"""`fv` that a tucked state has at least, so that f and v are seen."""
_COLUMNS_A_TICK: Final = 4
_LIPS_MOVE: Final = np.array([17.0, 5.0, 7.0, 5.0, 1.5, 5.0, 4.5, 5.0], np.float32)
"""Pixels of a 512 picture that the lips' vertices move for one unit of each coordinate of
`seen` (least squares over pairs of real mouths on the mesh, r 0.90); the upper lip's, which
never moves alone in speech, by judgement."""
_CLOSE, _TUCK, _JAW = (PARAMETERS.index(name) for name in ("close", "fv", "jaw"))
_JAW_GAIN: Final = 1.25
"""Labels are made wider as the network's own mouths are (`models.face.mouth`)."""


def seen(states: States) -> States:
    """Parameters [..., 8] to coordinates [..., 8] in pixels that lips move.

    Rounded or closing lips hide the jaw, closed lips or a tucked lip the teeth and the tongue.
    """
    jaw, spread, rounded, close, upl, fv, teeth, tong = np.moveaxis(states, -1, 0)
    opening = jaw * (1 - 0.35 * rounded) * (1 - 0.5 * close)
    within = (1 - fv) * (1 - close)
    places = [opening, spread, rounded, close, upl, fv, teeth * within, tong * within]
    return np.asarray(np.stack(places, axis=-1) * _LIPS_MOVE, np.float32)


def kind_of(states: States) -> NDArray[np.intp]:
    """0 open, 1 tucked, 2 shut: only mouths of one kind may stand for each other."""
    shut = states[:, _CLOSE] >= SHUT_FROM
    return np.where(shut, 2, np.where(states[:, _TUCK] >= TUCKED_FROM, 1, 0))


def rendered(states: States) -> States:
    """The states that stand for mouths [n, 8]: shut lips touch, a tucked lip is under the teeth."""
    kinds, states = kind_of(states), states.copy()
    states[kinds == 2, _CLOSE] = 1.0
    states[kinds == 1, _TUCK] = np.maximum(states[kinds == 1, _TUCK], _TUCKED_AS)
    return np.asarray(np.round(np.clip(states, 0, 1), 3), np.float32)


def choose(mouths: States, count: int) -> States:
    """`count` of the mouths [n, 8] of speech, as states to render, rest first."""
    states = rendered(mouths)
    kinds, places = kind_of(mouths), seen(states)
    apart = np.square(places[:, None] - places[None]).sum(axis=2)
    apart[kinds[:, None] != kinds[None]] = np.square(_LIPS_MOVE).sum()
    rest = np.square(places).sum(axis=1)
    missed = np.where(kinds == 0, rest, np.square(_LIPS_MOVE).sum())
    chosen = [np.zeros(len(PARAMETERS), np.float32)]
    while len(chosen) < count:
        if len(chosen) % _FURTHEST_EACH == 0:
            best = int(missed.argmax())
        else:
            best = int((np.minimum(apart, missed) ** _POWER).sum(axis=1).argmin())
        missed = np.minimum(missed, apart[best])
        chosen.append(states[best])
    return np.stack(chosen)


def spoken(folder: Path) -> States:
    """Mouths of speech [n, 8], a tick each: the network's, and as many of the labels."""
    net = MouthNet(builtin_folder() / "mouth.npz")
    drawn: list[States] = []
    for clip in _clips(folder):
        whole = len(clip.sound) // FEATURE_TICK * FEATURE_TICK
        stream = MelStream()
        windows = np.stack(stream.push(clip.sound[:whole]) + stream.finish())
        drawn.append(net.parameters(windows))
        labels = example(clip).parameters[_COLUMNS_A_TICK - 1 :: _COLUMNS_A_TICK]
        wanted = (labels / 255).astype(np.float32)
        wanted[:, _JAW] = np.minimum(wanted[:, _JAW] * _JAW_GAIN, 1)
        drawn.append(wanted)
    return np.concatenate(drawn)


def _clips(folder: Path) -> Iterator[SpokenClip]:
    """Clips of training and validation, of every synthesiser and language alike."""
    taken: Counter[tuple[str, str]] = Counter()
    for path in sorted(path for split in _SPLITS for path in folder.glob(f"*-{split}-*.npz")):
        clip = SpokenClip.load(path)
        group = (clip.kind, clip.language)
        if taken[group] < _CLIPS.get(clip.kind, 0):
            taken[group] += 1
            yield clip


def main(
    out: Annotated[Path, typer.Option(help="Where the table goes.")],
    clips: Annotated[Path, typer.Option(help="Clips of `data.build.mouth`.")] = Path(
        "build/mouth/clips"
    ),
    count: Annotated[int, typer.Option(help="How many states.")] = 128,
) -> None:
    """Choose the mouth states to render."""
    mouths = spoken(clips)
    if not len(mouths):
        raise typer.BadParameter(f"{clips}: no clips of {', '.join(_CLIPS)}")
    rows = np.random.default_rng(_SEED).permutation(len(mouths))[:_POINTS]
    states = choose(mouths[np.sort(rows)], count)
    table = {"parameters": list(PARAMETERS), "states": np.round(states.astype(float), 3).tolist()}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(table), indent=1) + b"\n")
    typer.echo(f"{len(states)} states from {len(mouths)} mouths: {out}")


if __name__ == "__main__":
    typer.run(main)
