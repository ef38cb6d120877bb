"""Packets into a film, with their times: sound and picture stay in step, by ticks.

In: batches of packets as they left, and captions. Out: the film and a WebVTT file beside it. A
picture stays until the next one, however many ticks were skipped; sound that was given up is filled
with silence, so that players cannot close the gap. Runs in a thread of the egress process, one
batch after the other; owns both files.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import av.error

from actors.egress.options import VideoCodec
from actors.egress.packet_tap import PicturePacket, SoundPacket
from actors.egress.recording.packet_file import KIND, PacketFile
from actors.egress.recording.subtitles import VTT_HEAD, SubtitleCue, vtt_cue
from data.units import (
    PLAYOUT_CHUNK,
    PLAYOUT_RATE,
    PLAYOUT_TICK,
    TICKS_PER_SECOND,
    VIDEO_CLOCK,
    VIDEO_TICK,
)

SILENCE: Final = b"\xf8\xff\xfe"
"""20 ms of nothing as Opus: CELT at full band, mono, one frame (RFC 6716, section 3.1)."""
CAPTIONS: Final = ".vtt"


@dataclass(slots=True)
class PacketBatch:
    """What is written at once; the packets of each list in their order."""

    pictures: list[PicturePacket] = field(default_factory=list)
    sounds: list[SoundPacket] = field(default_factory=list)
    captions: list[SubtitleCue] = field(default_factory=list)


class PacketWriter:
    """Of one recording. Every method raises OSError or av.error.FFmpegError where the files do."""

    def __init__(
        self, stem: Path, codec: VideoCodec, size: tuple[int, int], first: PicturePacket
    ) -> None:
        """`stem`: an absolute path without its ending. `first`: the keyframe that it begins
        with; its tick is the file's time 0."""
        self.bytes = 0
        """Of the packets that were written."""
        self.film = stem.with_name(f"{stem.name}.{KIND[codec]}")
        self._film = PacketFile(self.film, codec, size)
        self._captions = stem.with_name(stem.name + CAPTIONS).open("w", encoding="utf-8")
        self._captions.write(VTT_HEAD)
        self._begin = first.timestamp // VIDEO_TICK
        self._picture = first
        self._next_sample = 0

    @property
    def seconds(self) -> float:
        """Of what was written."""
        shown = self._picture.timestamp / VIDEO_CLOCK - self._begin / TICKS_PER_SECOND
        return max(shown, self._next_sample / PLAYOUT_RATE)

    def write(self, batch: PacketBatch) -> None:
        """Add a batch, whose pictures come behind the first one."""
        packets: list[PicturePacket | SoundPacket] = [*batch.pictures, *batch.sounds]
        for packet in sorted(packets, key=_time):
            if isinstance(packet, PicturePacket):
                self._show(packet.timestamp)
                self._picture = packet
            else:
                self._play(packet)
        for caption in batch.captions:
            self._film.caption(caption)
            self._captions.write(vtt_cue(caption))
        self._captions.flush()

    def close(self) -> None:
        """The last picture stays until the sound ends; then the files are whole."""
        end = self._next_sample * VIDEO_CLOCK // PLAYOUT_RATE + self._begin * VIDEO_TICK
        try:
            self._show(max(end, self._picture.timestamp + VIDEO_TICK))
            self._film.close()
        finally:
            self._captions.close()

    def give_up(self) -> None:
        """Close the files as they are, after an error."""
        with suppress(OSError, av.error.FFmpegError):
            self._film.close()
        with suppress(OSError):
            self._captions.close()

    def _show(self, until: int) -> None:
        """Write the picture in hand, which stays `until` the next one's timestamp."""
        picture = self._picture
        start = picture.timestamp - self._begin * VIDEO_TICK
        length = until - picture.timestamp
        self._film.picture(picture.data, start, length, keyframe=picture.keyframe)
        self.bytes += len(picture.data)

    def _play(self, sound: SoundPacket) -> None:
        """Write a piece of sound, behind the silence that is missing before it."""
        start = sound.timestamp - self._begin * PLAYOUT_TICK
        if start < self._next_sample:
            return  # from before the first picture
        while self._next_sample < start:
            self._film.sound(SILENCE, self._next_sample, PLAYOUT_CHUNK)
            self._next_sample += PLAYOUT_CHUNK
        self._film.sound(sound.data, start, sound.samples)
        self._next_sample = start + sound.samples
        self.bytes += len(sound.data)


def _time(packet: PicturePacket | SoundPacket) -> float:
    """Seconds of the session."""
    rate = VIDEO_CLOCK if isinstance(packet, PicturePacket) else PLAYOUT_RATE
    return packet.timestamp / rate
