"""Clips of one colour, tagged as cameras and phones tag theirs."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from data.units import TICKS_PER_SECOND

Floats = NDArray[np.float64]

TO_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
TO_P3 = np.array([[0.8225, 0.1774, 0.0], [0.0332, 0.9669, 0.0], [0.0171, 0.0724, 0.9108]])
"""Linear BT.709 to others (ITU-R BT.2087, SMPTE EG 432-1)."""
_LUMA = {"bt2020": (0.2627, 0.0593), "bt709": (0.2126, 0.0722), "bt601": (0.299, 0.114)}
"""Shares of red and of blue (BT.2020, BT.709, BT.601)."""


@dataclass(frozen=True)
class Tags:
    """How a clip is written, and what it says of it. codes: matrix, transfer and primaries by ITU-T
    H.273; 2 is untold."""

    light: str
    primaries: str
    matrix: str
    codes: tuple[int, int, int]
    bits: int = 8
    full: bool = False


HLG = Tags("hlg", "bt2020", "bt2020", (9, 18, 9), bits=10)
PQ = Tags("pq", "bt2020", "bt2020", (9, 16, 9), bits=10)
SDR = Tags("sdr", "bt709", "bt709", (1, 1, 1))


def coded(rgb: tuple[int, int, int], tags: Tags) -> Floats:
    """sRGB as R'G'B' of 0 to 1 in the clip's light and primaries; white is reference white."""
    levels = np.array(rgb) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    linear = {"bt2020": TO_2020, "p3": TO_P3, "bt709": np.eye(3)}[tags.primaries] @ linear
    if tags.light == "hlg":
        scene = linear * 0.265
        bright = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
        return np.where(scene <= 1 / 12, np.sqrt(3 * scene), bright)
    if tags.light == "pq":
        power = (linear * 203 / 10_000) ** 0.1593017578125
        return np.asarray(((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def frame_of(rgb: tuple[int, int, int], tags: Tags, size: tuple[int, int] = (64, 48)) -> VideoFrame:
    """A frame of one colour."""
    red, green, blue = coded(rgb, tags)
    of_red, of_blue = _LUMA[tags.matrix]
    luma = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
    u, v = (blue - luma) / (2 - 2 * of_blue), (red - luma) / (2 - 2 * of_red)
    unit, top, middle = 2 ** (tags.bits - 8), 2**tags.bits - 1, 2 ** (tags.bits - 1)
    levels = (16 * unit + 219 * unit * luma, middle + 224 * unit * u, middle + 224 * unit * v)
    if tags.full:
        levels = (top * luma, middle + top * u, middle + top * v)
    frame = VideoFrame(*size, "yuv420p10le" if tags.bits > 8 else "yuv420p")
    for plane, level in zip(frame.planes, levels, strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint16 if tags.bits > 8 else np.uint8)
        rows[:] = round(float(level))
    frame.colorspace, frame.color_trc, frame.color_primaries = tags.codes
    frame.color_range = 2 if tags.full else 1
    return frame


def write_tagged(
    path: Path,
    rgb: tuple[int, int, int],
    tags: Tags,
    codec: str = "libx265",
    size: tuple[int, int] = (64, 48),
) -> Path:
    """Half a second and more of one colour."""
    with av.open(str(path), "w") as container:
        quiet = (
            {"x265-params": "log-level=none", "crf": "8"} if codec == "libx265" else {"crf": "8"}
        )
        stream = container.add_stream(codec, rate=TICKS_PER_SECOND, options=quiet)
        assert isinstance(stream, VideoStream)
        frame = frame_of(rgb, tags, size)
        stream.width, stream.height, stream.pix_fmt = *size, frame.format.name
        context = stream.codec_context
        context.colorspace, context.color_trc, context.color_primaries = tags.codes
        context.color_range = 2 if tags.full else 1
        for number in range(15):
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
