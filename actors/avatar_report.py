"""How good a prepared avatar of the built-in engine is, with a film of it.

In: a clip in its folder, what was made of its source. Out: `preview.mp4` and `report.json` in that
folder. Called where an avatar was made. What is aimed for stands in docs/face.md.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from actors.egress.file.movie import Movie, MovieTick
from actors.egress.options import MediaOptions
from actors.spoken_avatar import said, spoken_pictures
from actors.spoken_figures import SpokenFigures, SpokenTicks
from data.clip import Clip
from data.making.beside import PREVIEW, REPORT
from data.making.clip_avatar import ClipFigures
from data.making.own_mouths import OwnFigures
from data.making.photo_avatar import PhotoFigures
from data.staging import staged_file

SENTENCE: Final = "Peter bought five of my blue boats."
MOST_TICKS: Final = 50


@dataclass(frozen=True)
class AvatarReport:
    """loop_frames: how long it idles. states: mouths of its atlas. own: how many of them are the
    person's own; None where they are drawn, and then `why_drawn`. mouth: its width, pixels; scale:
    pixels of the source to one as drawn. disk_mb: of all its files."""

    name: str
    width: int
    height: int
    loop_frames: int
    states: int
    mouth: float
    scale: float
    own: OwnFigures | None
    why_drawn: str
    speaking: SpokenFigures
    disk_mb: float

    def __str__(self) -> str:
        own = self.own.own if self.own else 0
        return f"{own} of {self.states} mouths own, {self.speaking}, {self.disk_mb:.0f} MB"


def report_on(clip: Clip, folder: Path, figures: ClipFigures | PhotoFigures) -> AvatarReport:
    """Write the film and the report beside the clip. OSError where there is no room."""
    spoken = _film(clip, folder / PREVIEW)
    own, why = None, "a photo does not speak"
    if isinstance(figures, ClipFigures):
        own, why = figures.own, figures.why
    report = AvatarReport(
        name=clip.name,
        width=clip.width,
        height=clip.height,
        loop_frames=len(clip.loop),
        states=figures.states,
        mouth=round(figures.mouth, 1),
        scale=round(figures.scale, 2),
        own=own,
        why_drawn=why,
        speaking=spoken,
        disk_mb=round(_size(folder) / 1e6, 1),
    )
    with staged_file(folder / REPORT) as half:
        half.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    return report


def _film(clip: Clip, path: Path) -> SpokenFigures:
    """Two seconds of it in speech, and how they look."""
    sentence, seen = said(SENTENCE), SpokenTicks(clip)
    with staged_file(path) as half:
        movie = Movie(half, (clip.width, clip.height), MediaOptions())
        try:
            for tick, shown in enumerate(spoken_pictures(clip, sentence.ticks[:MOST_TICKS])):
                movie.write(MovieTick(tick, sentence.sound[tick], shown.speaking))
                seen.add(shown)
        except BaseException:
            movie.drop()
            raise
        movie.close()
    return seen.figures()


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
