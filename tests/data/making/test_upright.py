"""A clip's matrix turns and mirrors its pictures, by all eight ways."""

from itertools import product
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from data.making.source import VideoSource
from data.units import TICKS_PER_SECOND

HEIGHT, WIDTH = 48, 96
MATRICES = [
    (s * one, t * other, u * other, v * one)
    for one, other in ((1, 0), (0, 1))
    for s, t, u, v in product((1, -1), repeat=4)
    if (one and t == u == 1) or (other and s == v == 1)
]


def quarters() -> np.ndarray:
    """Four greys, so that each way is told from the others."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[:24, :48], picture[:24, 48:], picture[24:, :48], picture[24:, 48:] = 40, 90, 150, 210
    return picture


def moved(matrix: tuple[int, int, int, int]) -> np.ndarray:
    """By the definition, pixel by pixel: x, y goes to a x + c y, b x + d y."""
    a, b, c, d = matrix
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    across, down = a * x + c * y, b * x + d * y
    across, down = across - across.min(), down - down.min()
    seen = np.zeros((down.max() + 1, across.max() + 1, 3), np.uint8)
    seen[down, across] = quarters()
    return seen


def write(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    a, b, c, d = (65536 * part for part in matrix)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=TICKS_PER_SECOND, options={"crf": "5"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.set_display_matrix([a, b, 0, c, d, 0, 0, 0, 1 << 30])
        for _ in range(13):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(quarters(), format="bgr24")))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize("matrix", MATRICES, ids=str)
def test_a_picture_is_turned_and_mirrored(
    matrix: tuple[int, int, int, int], tmp_path: Path
) -> None:
    picture = next(iter(VideoSource(write(tmp_path / "a.mp4", matrix)).pictures()))
    wanted = moved(matrix)
    assert picture.seen.shape == wanted.shape
    assert np.abs(picture.seen.astype(int) - wanted).mean() < 4
