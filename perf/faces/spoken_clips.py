"""Clips with sound of a built-in person who speaks, whose every mouth is known.

In: sentences, as ticks of sound. Out: uint8 BGR pictures, and videos with that sound. Runs in the
benchmark's process; owns nothing.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from actors.mouth_hearing import heard
from data.head import SQUARE, load_head
from data.making.mouth_moves import rest_picture
from data.units import FEATURE_RATE, TICKS_PER_SECOND
from models.face.atlas import Atlas

Picture = NDArray[np.uint8]


def speaking(ticks: NDArray[np.float32], person: Path | None = None) -> Iterator[Picture]:
    """The square view in every tick of float32 [T, 640] sound, swaying a little. person: the
    folder of a head, by default the first one's."""
    head = load_head(person)
    atlas, rest = Atlas(head.states), rest_picture(head)
    for number, mouth in enumerate(heard(ticks)):
        picture = rest.copy()
        head.mouth_box.of(picture)[:] = head.mouths[atlas.choose(mouth)[0]]
        sway = round(4 * np.sin(number / 30)), round(6 * np.sin(number / 47))
        yield np.ascontiguousarray(head.framings[SQUARE].of(np.roll(picture, sway, axis=(0, 1))))


def write_spoken(path: Path, pictures: Iterable[Picture], ticks: NDArray[np.float32]) -> Path:
    """An H264 video of the pictures with the sound, which is not compressed."""
    sound = np.rint(ticks.reshape(1, -1).clip(-1, 1) * 32767).astype(np.int16)
    with av.open(str(path), "w", format="mov") as container:
        video = container.add_stream("libx264", rate=TICKS_PER_SECOND)
        video.options, video.pix_fmt = {"crf": "14", "preset": "veryfast"}, "yuv420p"
        audio = container.add_stream("pcm_s16le", rate=FEATURE_RATE, layout="mono")
        for number, picture in enumerate(pictures):
            if number == 0:
                video.height, video.width = picture.shape[:2]
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        frame = av.AudioFrame.from_ndarray(sound, format="s16", layout="mono")
        frame.sample_rate = FEATURE_RATE
        container.mux(audio.encode(frame))
        container.mux(video.encode())
        container.mux(audio.encode())
    return path
