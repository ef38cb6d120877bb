"""Who the built-in people are: shape, colours, hair and dress, each a few numbers.

In: nothing; out: `PEOPLE`. Colours are linear RGB, lengths decimetres. Nobody's likeness: the
shapes are mixtures of MakeHuman's targets.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

Colour = tuple[float, float, float]

_MACRO: Final = "mpfb2/targets/macrodetails"
_HEAD: Final = "mpfb2/targets"
_SMALL_CHEST: Final = (
    f"{_HEAD}/breast/female-young-averagemuscle-averageweight-mincup-averagefirmness"
)


def _eyes(larger: float, higher: float) -> dict[str, float]:
    """Eyes that are larger and more open than the base mesh's."""
    return {
        f"{_HEAD}/eyes/{side}-eye-{part}-incr": share
        for side in "lr"
        for part, share in (("scale", larger), ("height2", higher))
    }


def _slim(torso: float, arms: float) -> dict[str, float]:
    """Less broad and less strong than the base mesh."""
    parts = ("scale-horiz", "muscle", "shoulder-muscle")
    both = {f"{_HEAD}/arms/{side}-upperarm-{part}-decr": arms for side in "lr" for part in parts}
    return both | {f"{_HEAD}/torso/torso-scale-horiz-decr": torso}


@dataclass(frozen=True)
class Hair:
    """How it is worn: `bob` falls from a parting to the jaw, `short` is combed up and aside."""

    style: Literal["bob", "short"]
    colour: Colour
    strands: int
    parting: float = 0.0


@dataclass(frozen=True)
class Person:
    """One of them. shape: MakeHuman's targets and how much of each.

    bearing: ARKit shapes of the face at rest. beard: 0 shaven to 1, the shade of shaven hair
    about the mouth. brow_strength, brow_width: how many hairs, and how far apart, 1 a woman's.
    flush: how much redder cheeks and nose are, 0 to 1."""

    name: str
    shape: dict[str, float]
    skin: Colour
    lips: Colour
    iris: Colour
    hair: Hair
    brows: Colour
    brow_strength: float
    shirt: Colour
    brow_width: float = 1.0
    flush: float = 0.62
    beard: float = 0.0
    freckles: float = 0.0
    seed: int = 1
    bearing: dict[str, float] = field(
        default_factory=lambda: {"eyeWide": 0.05, "eyeSquint": 0.20, "mouthSmile": 0.35}
    )


PEOPLE: Final = {
    person.name: person
    for person in (
        Person(
            name="mira",
            shape={
                f"{_MACRO}/caucasian-female-young": 0.65,
                f"{_MACRO}/asian-female-young": 0.35,
                f"{_HEAD}/head/head-oval": 0.5,
                f"{_HEAD}/mouth/mouth-upperlip-volume-incr": 0.4,
                f"{_HEAD}/mouth/mouth-lowerlip-volume-incr": 0.3,
                f"{_HEAD}/mouth/mouth-angles-up": 0.35,
                **dict.fromkeys(
                    (
                        f"{_HEAD}/ears/{side}-ear-{part}-decr"
                        for side in "lr"
                        for part in ("wing", "scale")
                    ),
                    1.0,
                ),
                **_eyes(1.1, 0.25),
                f"{_HEAD}/forehead/forehead-scale-vert-decr": 0.4,
                f"{_HEAD}/chin/chin-width-decr": 0.6,
                **_slim(1.0, 0.7),
                _SMALL_CHEST: 0.5,
            },
            skin=(0.74, 0.335, 0.195),
            lips=(0.56, 0.135, 0.125),
            iris=(0.10, 0.050, 0.020),
            hair=Hair("bob", (0.058, 0.020, 0.008), 26000, parting=0.22),
            brows=(0.050, 0.024, 0.014),
            brow_strength=0.6,
            brow_width=1.1,
            shirt=(0.015, 0.11, 0.115),
            freckles=0.7,
        ),
        Person(
            name="tomas",
            shape={
                f"{_MACRO}/caucasian-male-young": 0.25,
                f"{_MACRO}/african-male-young": 0.25,
                f"{_MACRO}/african-male-old": 0.20,
                f"{_MACRO}/caucasian-male-old": 0.30,
                f"{_HEAD}/mouth/mouth-angles-up": 0.3,
                f"{_HEAD}/head/head-rectangular": 0.3,
                **_eyes(0.8, 0.15),
                f"{_HEAD}/forehead/forehead-scale-vert-decr": 0.4,
                **_slim(1.0, 1.0),
            },
            skin=(0.285, 0.135, 0.075),
            lips=(0.30, 0.100, 0.075),
            iris=(0.055, 0.026, 0.012),
            hair=Hair("short", (0.038, 0.034, 0.031), 24000),
            brows=(0.018, 0.014, 0.011),
            brow_strength=0.9,
            shirt=(0.42, 0.40, 0.37),
            brow_width=1.35,
            flush=0.4,
            beard=0.5,
            seed=2,
            bearing={"eyeWide": 0.15, "eyeSquint": 0.20, "mouthSmile": 0.35},
        ),
    )
}
