"""A clip's frames as the 8 bit sRGB pictures that everything here is made of.

In: FFmpeg's frames, with what they say of their colours. Out: uint8 pictures of a wanted size. Runs
where avatars are made; owns a filter graph, and a table in a temporary file for colours that are
brighter or wider than sRGB's. FFmpeg does the work: `scale` the matrix (BT.601, 709, 2020), the
range and the size, in 16 bits where `lut3d` and its table (`colour_table`) follow.
"""

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Final, NamedTuple, Self

import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from numpy.typing import NDArray

from data.making.colour_table import BT709, BT2020, DISPLAY_P3, LightCoding, cube_text
from data.units import TICKS_PER_SECOND

_HD_WIDTH, _HD_HEIGHT = 1280, 576
"""From this width on, or above this height, untold colours are BT.709's, as players have it."""
_UNTOLD: Final = 2
_RGB: Final = 0
_MATRICES: Final = {
    int(Colorspace.ITU709): "bt709",
    int(Colorspace.FCC): "fcc",
    5: "bt601",
    6: "bt601",
    int(Colorspace.SMPTE240M): "smpte240m",
    int(Colorspace.BT2020): "bt2020",
    10: "bt2020",
}
"""By ITU-T H.273's MatrixCoefficients."""
_LIGHTS: Final = {ColorTrc.ARIB_STD_B67: LightCoding.HLG, ColorTrc.SMPTE2084: LightCoding.PQ}
_GAMUTS: Final = {
    ColorPrimaries.BT2020: BT2020,
    ColorPrimaries.SMPTE431: DISPLAY_P3,
    ColorPrimaries.SMPTE432: DISPLAY_P3,
}


class _Kind(NamedTuple):
    """What a graph is made for."""

    format: str
    width: int
    height: int
    matrix: int
    light: int
    primaries: int
    range: int


class ClipColours:
    """Makes pictures of frames, one after another; a context manager."""

    def __init__(self) -> None:
        self._files = ExitStack()
        self._kind: _Kind | None = None
        self._graph: Graph | None = None
        self._output = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._graph = None
        self._files.close()

    def picture(self, frame: VideoFrame, size: tuple[int, int]) -> NDArray[np.uint8]:
        """uint8 BGR [H, W, 3] of that width and height, or BGRA [H, W, 4] of a format that has
        alpha, which is not multiplied in. Raises FFmpegError for what cannot be converted."""
        kind = _kind_of(frame)
        if kind != self._kind or self._graph is None:
            self._kind, self._graph = kind, self._made(frame, kind, size)
        self._graph.push(frame)
        shown = self._graph.pull()
        assert isinstance(shown, VideoFrame)
        return np.asarray(shown.to_ndarray(), np.uint8)

    def _made(self, frame: VideoFrame, kind: _Kind, size: tuple[int, int]) -> Graph:
        alpha = has_alpha(frame)
        graph = Graph()
        smaller = size[0] * size[1] < kind.width * kind.height
        steps = [
            graph.add_buffer(
                width=kind.width,
                height=kind.height,
                format=frame.format,
                time_base=frame.time_base or Fraction(1, TICKS_PER_SECOND),
            ),
            graph.add(
                "scale",
                w=str(size[0]),
                h=str(size[1]),
                flags=("area" if smaller else "bicubic") + "+accurate_rnd+full_chroma_int",
                **_told(kind, rgb=frame.format.is_rgb),
            ),
        ]
        table = self._table(kind)
        if table is not None:
            steps.append(graph.add("format", "gbrap16le" if alpha else "gbrp16le"))
            steps.append(graph.add("lut3d", file=str(table), interp="tetrahedral"))
        steps.append(graph.add("format", "bgra" if alpha else "bgr24"))
        steps.append(graph.add("buffersink"))
        graph.link_nodes(*steps).configure()
        return graph

    def _table(self, kind: _Kind) -> Path | None:
        """The file that takes the colours to sRGB; None where they are about sRGB's."""
        light = next(
            (name for code, name in _LIGHTS.items() if kind.light == code), LightCoding.SDR
        )
        untold = kind.primaries == _UNTOLD and light is not LightCoding.SDR
        gamut = BT2020 if untold else _GAMUTS.get(ColorPrimaries(kind.primaries), BT709)
        if light is LightCoding.SDR and gamut is BT709:
            return None
        folder = self._files.enter_context(TemporaryDirectory(prefix="ringtalk-"))
        path = Path(folder) / "colours.cube"
        path.write_text(cube_text(light, gamut), encoding="ascii")
        return path


def has_alpha(frame: VideoFrame) -> bool:
    """Whether the frame's format can be transparent."""
    return frame.format.name == "pal8" or any(part.is_alpha for part in frame.format.components)


def _kind_of(frame: VideoFrame) -> _Kind:
    return _Kind(
        frame.format.name,
        frame.width,
        frame.height,
        int(frame.colorspace),
        int(frame.color_trc),
        int(frame.color_primaries),
        int(frame.color_range),
    )


def _told(kind: _Kind, *, rgb: bool) -> dict[str, str]:
    """The matrix and range of the frame, as `scale` calls them."""
    if rgb or kind.matrix == _RGB:
        return {}
    matrix = _MATRICES.get(kind.matrix)
    if matrix is None:
        wide = kind.primaries == ColorPrimaries.BT2020 or kind.light in _LIGHTS
        large = kind.width >= _HD_WIDTH or kind.height > _HD_HEIGHT
        matrix = "bt2020" if wide else "bt709" if large else "bt601"
    told = {"in_color_matrix": matrix}
    if kind.range in (ColorRange.MPEG, ColorRange.JPEG):
        told["in_range"] = "full" if kind.range == ColorRange.JPEG else "limited"
    return told
