"""What a drawn face is told to do. In and out: nothing; a value."""

from dataclasses import dataclass, field

from data.build.person.drawn.mouth import DrawnMouth


@dataclass(frozen=True)
class Look:
    """What the face does. shut: the eyes, 0 to 1. gaze: degrees to the picture's right and
    down. rise: of the brows, 0 to 1."""

    mouth: DrawnMouth = field(default_factory=DrawnMouth)
    shut: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)
    rise: float = 0.0
