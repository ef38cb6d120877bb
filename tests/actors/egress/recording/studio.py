"""Packets as a session's encoders make them, and what became of them in a film."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from numpy.typing import NDArray

from actors.egress.encoder_frame import EncoderFrame
from actors.egress.options import MediaOptions, VideoCodec
from actors.egress.packet_tap import PacketTaps, PicturePacket, SoundPacket
from actors.egress.recording.session_recording import SessionRecording
from actors.egress.webrtc.codecs import open_encoder
from actors.egress.webrtc.opus import OpusEncoder
from data.units import CHUNK_MS, PLAYOUT_TICK, TICK_MS, VIDEO_TICK
from runtime.messages import RecordingNews, StartRecording
from tests.actors.egress.webrtc.scenes import SIZE, picture, tone

PLENTY = 1 << 30


class Studio:
    """A session's two encoders and its recording. A keyframe is made when it is asked for."""

    def __init__(
        self,
        folder: Path,
        codec: VideoCodec = "h264",
        *,
        max_seconds: int = 3600,
        max_bytes: int = PLENTY,
    ) -> None:
        self.folder = folder
        self.asked: list[bool] = []
        self.news: list[RecordingNews] = []
        self.over = asyncio.Event()
        self.taps = PacketTaps(SIZE, self.asked.append)
        self.taps.codec = codec
        self.threads = ThreadPoolExecutor(1)
        self.bitrate = 1_000_000
        self.wanted = StartRecording("s", "r", str(folder / "kept"), max_seconds, max_bytes)
        self.size = SIZE
        self._encoder = open_encoder(codec, SIZE, MediaOptions())
        self._sound = {ms: OpusEncoder(24_000, ms) for ms in (CHUNK_MS, TICK_MS)}
        self._frame = EncoderFrame(SIZE)

    def begin(self) -> SessionRecording:
        return SessionRecording(self.wanted, self.taps, self.threads, self._told)

    def another_size(self, size: tuple[int, int]) -> None:
        """The encoder is opened anew, as it is for another picture size."""
        self.size = size
        self._encoder = open_encoder(self.taps.codec or "h264", size, MediaOptions())
        self._frame = EncoderFrame(size)

    def show(self, tick: int) -> None:
        """A picture leaves."""
        self._frame.fill(picture(tick, self.size))
        keyframe = bool(self.asked)
        self.asked.clear()
        data, is_keyframe = self._encoder.encode(
            self._frame.frame, tick, keyframe=keyframe, bitrate=self.bitrate
        )
        self.taps.picture(PicturePacket(data, tick * VIDEO_TICK, is_keyframe))

    def play(self, tick: int, sound: NDArray[np.int16] | None = None, ms: int = CHUNK_MS) -> None:
        """A tick's sound leaves, in packets of so many ms."""
        sound = tone(tick) if sound is None else sound
        encoder = self._sound[ms]
        for at in range(0, PLAYOUT_TICK, encoder.length):
            timestamp = tick * PLAYOUT_TICK + at
            data = encoder.encode(sound[at : at + encoder.length])
            self.taps.sound(SoundPacket(data, timestamp, encoder.length))

    def ticks(self, *ticks: int) -> None:
        for tick in ticks:
            self.play(tick)
            self.show(tick)

    async def yielded(self) -> None:
        """Let the loop take what the threads have done."""
        await asyncio.get_running_loop().run_in_executor(None, lambda: None)

    @property
    def states(self) -> list[str]:
        return [news.state for news in self.news if news.state != "progress"]

    def _told(self, news: RecordingNews) -> None:
        self.news.append(news)
        if news.state in ("done", "failed", "empty"):
            self.over.set()


class Film(NamedTuple):
    """pictures: (seconds, I420). sound: of all packets at 48 kHz, with what lies between them.
    captions: (start, end, text) in s of the text track."""

    pictures: list[tuple[float, NDArray[Any]]]
    sound: NDArray[np.float64]
    captions: list[tuple[float, float, str]]
    seconds: float
    keyframes: list[float]


def watch(path: Path) -> Film:
    """Decode all of a film, as a player does; FFmpeg may find nothing wrong in it."""
    with av.open(str(path)) as file:
        assert {stream.type for stream in file.streams} == {"video", "audio", "subtitle"}
        keyframes, captions = [], []
        for packet in file.demux(file.streams.video[0], file.streams.subtitles[0]):
            if packet.pts is None or packet.time_base is None:
                continue
            at = float(packet.pts * packet.time_base)
            if packet.stream.type == "subtitle":
                data = bytes(packet)
                text = data[2:] if path.suffix == ".mp4" else data
                if text:
                    length = float((packet.duration or 0) * packet.time_base)
                    captions.append((at, at + length, text.decode()))
            elif packet.is_keyframe:
                keyframes.append(at)
        file.seek(0)
        pictures = [(frame.time or 0.0, frame.to_ndarray()) for frame in file.decode(video=0)]
        file.seek(0)
        pieces: list[NDArray[np.float64]] = []
        for frame in file.decode(audio=0):
            samples = frame.to_ndarray()[0].astype(np.float64)
            pieces.append(samples)
        seconds = (file.duration or 0) / 1_000_000
    return Film(pictures, np.concatenate(pieces), captions, seconds, keyframes)
