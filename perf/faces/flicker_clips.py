"""Clips to look for flicker in: a portrait before a camera that moves, and the built-in head.

In: nothing, or a portrait. Out: uint8 BGR pictures, and videos of them. A camera pans, zooms,
rolls and trembles, the light goes up and down, the sensor has noise. Runs in the benchmark's
process; owns nothing.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from data.units import TICKS_PER_SECOND

Picture = NDArray[np.uint8]

SIDE: Final = 512
_TREMBLE: Final = 0.35
"""Standard deviation, in pixels, of a hand's tremble from frame to frame."""
_NOISE: Final = 1.5
"""Standard deviation, in levels, of the sensor's noise."""


def filmed(
    portrait: Picture, middle: tuple[float, float], zoom: float, count: int
) -> Iterator[Picture]:
    """`count` pictures [SIDE, SIDE, 3] of a portrait, its `middle` in the picture's."""
    rng = np.random.default_rng(7)
    for number in range(count):
        turn = 2 * np.pi * number / (4 * TICKS_PER_SECOND)
        near = zoom * (1 + 0.08 * np.sin(turn / 2))
        onto = cv2.getRotationMatrix2D(middle, 3 * np.sin(turn), near)
        shift = np.array([14 * np.sin(0.7 * turn), 8 * np.sin(1.3 * turn)])
        onto[:, 2] += SIDE / 2 - np.array(middle) + shift + rng.normal(0, _TREMBLE, 2)
        seen = cv2.warpAffine(portrait, onto, (SIDE, SIDE), flags=cv2.INTER_CUBIC)
        light = 1 + 0.12 * np.sin(0.9 * turn)
        noisy = seen * light + rng.normal(0, _NOISE, seen.shape)
        yield np.rint(noisy).clip(0, 255).astype(np.uint8)


def astronaut(count: int) -> Iterator[Picture]:
    """Eileen Collins (NASA, public domain, from scikit-image), filmed."""
    from skimage import data  # noqa: PLC0415 - a tool of development

    portrait = cv2.imread(str(Path(data.__file__).parent / "astronaut.png"))
    return filmed(np.asarray(portrait, np.uint8), (225.0, 125.0), 1.9, count)


def played(clip: Clip, count: int) -> Iterator[Picture]:
    """The first `count` frames of a clip."""
    for frame in clip.frames[:count]:
        yield np.asarray(cv2.cvtColor(frame, cv2.COLOR_YUV2BGR_I420), np.uint8)


def write_video(path: Path, pictures: Iterable[Picture], rate: int = TICKS_PER_SECOND) -> Path:
    """An H264 video of pictures of one size, hardly compressed, `rate` a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.options = {"crf": "14", "preset": "veryfast"}
        stream.pix_fmt = "yuv420p"
        for number, picture in enumerate(pictures):
            if number == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
