"""What is muxed plays: the very pictures, the sound in step, however it ends."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from actors.egress.encoder_frame import EncoderFrame
from actors.egress.options import MediaOptions
from actors.egress.outputs.container_output import ContainerOutput
from actors.egress.outputs.wire import FrameKind, MuxerTarget
from actors.egress.webrtc.codecs import open_encoder
from actors.egress.webrtc.opus import OpusEncoder
from data.units import PLAYOUT_RATE, PLAYOUT_TICK, TICK_MS, TICKS_PER_SECOND, VIDEO_TICK
from tests.actors.egress.webrtc.scenes import SIZE, picture, pitch, psnr, tone

TICKS = 2 * TICKS_PER_SECOND
FIRST = 1000
"""The session has run for a while."""
BEEP = 20
"""The tick, after the first, from which on there is a tone and a light."""


def frames(count: int = TICKS) -> Iterator[tuple[FrameKind, int, bytes]]:
    """Dark and silent until BEEP, then bright and loud."""
    encoder, sound = open_encoder("h264", SIZE, MediaOptions()), OpusEncoder(64_000, TICK_MS)
    canvas = EncoderFrame(SIZE)
    for tick in range(FIRST, FIRST + count):
        late = tick - FIRST >= BEEP
        heard = tone(tick) if late else np.zeros(PLAYOUT_TICK, np.int16)
        at = tick * PLAYOUT_TICK
        yield FrameKind.SOUND, at, sound.encode(heard)
        shown = picture(tick)
        canvas.fill(shown if late else shown // 4)
        coded, key = encoder.encode(canvas.frame, tick, keyframe=tick == FIRST, bitrate=1_000_000)
        yield FrameKind.KEYFRAME if key else FrameKind.PICTURE, tick * VIDEO_TICK, coded


def written(path: Path, count: int = TICKS) -> None:
    with ContainerOutput(MuxerTarget("file", str(path), *SIZE)) as output:
        for kind, timestamp, data in frames(count):
            output.take(kind, timestamp, data)
        assert output.begun


@pytest.mark.parametrize("end", ["mp4", "mkv", "flv", "ts"])
def test_pictures_are_kept_and_the_sound_is_in_step(tmp_path: Path, end: str) -> None:
    path = tmp_path / f"a.{end}"
    written(path)
    with av.open(str(path)) as file:
        pictures = [(float(one.time or 0), one.to_ndarray()) for one in file.decode(video=0)]
    with av.open(str(path)) as file:
        assert file.streams.audio[0].codec_context.name == "aac"
        sounds = [(float(one.time or 0), one.to_ndarray()[0]) for one in file.decode(audio=0)]
    assert len(pictures) == TICKS
    begun = pictures[0][0]
    height = SIZE[1]
    assert psnr(pictures[-1][1][:height], picture(FIRST + TICKS - 1)[:height]) > 28
    light = next(at for at, image in pictures if image[:height].mean() > 80) - begun
    assert light == pytest.approx(BEEP / TICKS_PER_SECOND, abs=0.002)
    start = sounds[0][0] - begun
    heard = np.concatenate([samples for _, samples in sounds])
    loud = np.flatnonzero(np.abs(heard) > 0.1)[0] / PLAYOUT_RATE + start
    assert loud == pytest.approx(light, abs=0.03), "within a tick of each other"
    assert pitch(heard[-PLAYOUT_RATE // 2 :].astype(np.float64)) == pytest.approx(440, abs=3)


def test_nothing_is_opened_before_a_keyframe(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with ContainerOutput(MuxerTarget("file", str(path), *SIZE)) as output:
        for kind, timestamp, data in frames(5):
            if kind is not FrameKind.KEYFRAME:
                output.take(kind, timestamp, data)
        assert not output.begun
    assert not path.exists()


def test_another_file_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        written(path, 3)
    assert path.read_text() == "mine"


def test_what_was_written_plays_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from tests.actors.egress.outputs.test_container_output import frames, SIZE\n"
        "from actors.egress.outputs.container_output import ContainerOutput\n"
        "from actors.egress.outputs.wire import FrameKind, MuxerTarget\n"
        "output = ContainerOutput(MuxerTarget('file', sys.argv[1], *SIZE))\n"
        "for number in range(3):\n"
        "    for kind, at, data in frames(30):\n"
        "        output.take(kind, at + number * 30 * (3600 if kind else 1), data)\n"
        "os._exit(9)\n"
    ).replace("(3600 if kind else 1)", "(1920 if kind is FrameKind.SOUND else 3600)")
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 9
    with av.open(str(path)) as file:
        times = [packet.pts for packet in file.demux(video=0) if packet.pts is not None]
        assert len(times) >= 30
