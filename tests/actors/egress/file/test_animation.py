"""What a recording that ends in .webp shows, and when."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import uvloop

from actors.egress.file.recorder import Recorder
from actors.egress.options import MediaOptions
from tests.actors.egress.webrtc.scenes import SIZE, picture, psnr, tone


async def record(path: Path, ticks: list[int], gone: bool = False) -> None:
    recorder = Recorder(path, SIZE, MediaOptions())
    for tick in ticks:
        recorder.play(tick, tone(tick), picture(tick), False)
        await recorder.ready()
    await (recorder.abort() if gone else recorder.close())


def test_every_second_tick_is_shown_for_two_ticks_without_end(tmp_path: Path) -> None:
    path = tmp_path / "said.webp"
    uvloop.run(record(path, list(range(100, 120))))
    done, seen = cv2.imreadanimation(str(path))
    assert done
    assert list(seen.durations) == [80] * 10
    assert seen.loop_count == 0
    for number, frame in enumerate(seen.frames):
        wanted = picture(100 + 2 * number)[: SIZE[1]]
        luma = cv2.cvtColor(np.asarray(frame)[..., :3], cv2.COLOR_BGR2YUV_I420)[: SIZE[1]]
        assert psnr(luma, wanted) > 33


def test_a_recording_that_is_given_up_leaves_no_animation(tmp_path: Path) -> None:
    uvloop.run(record(tmp_path / "said.webp", [1, 2, 3], gone=True))
    assert not list(tmp_path.iterdir())


def test_an_animation_that_cannot_be_written_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "absent" / "said.webp"
    with pytest.raises(OSError, match=r"said\.webp"):
        uvloop.run(record(path, [1, 2, 3]))
