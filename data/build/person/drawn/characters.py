"""Who is drawn. In: nothing; out: `CHARACTERS`, by name."""

from typing import Final

from data.build.person.drawn.character import Character
from data.build.person.drawn.juno.figure import drawn_juno
from data.build.person.drawn.pip.figure import drawn_pip
from data.head import Box, Framing


def _framings(top: int) -> dict[str, Framing]:
    """Every character's; the square and the wide one begin at the row `top`."""
    return {
        "square": Framing(256, top, 768, 768, 512, 512),
        "landscape": Framing(0, top, 1280, 720, 1280, 720),
        "portrait": Framing(280, 0, 720, 1280, 720, 1280),
    }


CHARACTERS: Final = {
    character.name: character
    for character in (
        Character(
            name="juno",
            draw=drawn_juno,
            mouth_box=Box(490, 510, 300, 216),
            lid_box=Box(478, 354, 324, 126),
            brow_box=Box(490, 288, 300, 102),
            pivot=(640.0, 698.0),
            shoulders=(650.0, 770.0),
            framings=_framings(90),
        ),
        Character(
            name="pip",
            draw=drawn_pip,
            mouth_box=Box(490, 450, 300, 240),
            lid_box=Box(466, 318, 348, 138),
            brow_box=Box(490, 258, 300, 84),
            pivot=(640.0, 704.0),
            shoulders=(632.0, 754.0),
            framings=_framings(66),
        ),
    )
}
