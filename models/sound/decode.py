"""A sound file that somebody brought, decoded piece by piece.

In: a seekable binary file. Out: mono float32 pieces. Runs in the process that makes speech; a
`Sound` owns FFmpeg's demuxer and decoder, the caller owns the file.

PyAV rather than soundfile: it reads what browsers record (WebM, MP4) besides all that libsndfile
reads, cuts the encoder's delay out of MP3 and AAC, and gives the first piece in 0.5 to 8 ms.
"""

import os
import weakref
from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, Final, Self

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from numpy.typing import NDArray

from models.sound.containers import (
    ALLOWED,
    HEAD_BYTES,
    MP3,
    WAV,
    Container,
    container_of,
    untold_delay,
)
from models.sound.downmix import Downmix
from models.sound.errors import EmptySound, SoundFormatError, SoundLengthError, TruncatedSound
from models.sound.packet_length import packet_seconds
from models.sound.wav_file import plain_wav

LOWEST_RATE: Final = 4_000
HIGHEST_RATE: Final = 384_000
MOST_CHANNELS: Final = 16
_DAMAGED_PACKETS: Final = 3
"""So many packets that do not decode are left out: tags and half frames at the edges of an MP3."""
_ESTIMATE_SLACK: Final = 2.0
"""MP3 and AAC tell no sure length: only an estimate this many times over the limit is refused
before decoding."""
_ENDS_EARLY_S: Final = 0.5
_PACKETS_OVER_S: Final = 0.5
"""What an encoder puts before and behind a sound is less."""
_PROBE: Final = {"probesize": "65536", "analyzeduration": "0"}
_NO_OTHERS: Final = {"protocol_whitelist": "", "enable_drefs": "0", "use_absolute_path": "0"}
"""Only the file's own bytes are read, whatever it names (see `containers`)."""


class Sound:
    """An open sound; made by `open_sound`. Freed by `close`, or with the last reference to it.

    `rate` in Hz; `seconds` as its header tells, or as its packets do if they are more, None if
    neither tells; `container` by name.
    """

    def __init__(
        self,
        container: InputContainer,
        kind: Container,
        max_seconds: float,
        early: int = 0,
        counted: float | None = None,
    ) -> None:
        """Decode the first frame. Raises as `open_sound` does.

        `early`: samples that the encoder put before the sound, and FFmpeg does not know of.
        `counted`: the seconds of its packets, where they were counted."""
        # PyAV's own objects form a cycle, which would keep the file until a garbage collection.
        self._free = weakref.finalize(self, container.close)
        self._stream = _audio_stream(container)
        self._max_seconds = max_seconds
        self._damaged = 0
        self._samples = 0
        self._downmix = Downmix()
        self._early = early
        self.container = kind.name
        self.rate: int = self._stream.rate
        self._told = _seconds(container, self._stream)
        self.seconds = _agreed(self._told, counted)
        self._exact = kind.exact
        slack = 1.0 if kind.exact else _ESTIMATE_SLACK
        _refuse_long((self._told or 0.0) / slack, max_seconds)
        _refuse_long((counted or 0.0) - _PACKETS_OVER_S, max_seconds)
        self._packets: Iterator[Packet[AudioStream]] = container.demux(self._stream)
        self._pending: deque[AudioFrame] = deque()
        self._first = next(self._decoded(), None)
        if self._first is None:
            raise EmptySound("the sound has no samples")

    def chunks(self) -> Iterator[NDArray[np.float32]]:
        """Yield mono float32 [n] pieces at `rate`, full scale 1.0, channels mixed; once.

        Each piece is one frame of the codec, 5 to 200 ms. Raise TruncatedSound where the data end
        before the header says, UnreadableSound where they are damaged or change their rate, and
        SoundTooLong where they pass the limit (MP3 and AAC do not tell before).
        """
        if self._first is not None:
            first, self._first = self._first, None
            yield first
        yield from self._decoded()
        heard = self._samples / self.rate
        if self._exact and self._told is not None and heard < self._told - _ENDS_EARLY_S:
            raise TruncatedSound(f"the sound breaks off after {heard:.1f} s of {self._told:.1f} s")

    def close(self) -> None:
        """Free the decoder; the file stays open. What was not read yet is not heard."""
        self._packets = iter(())
        self._pending.clear()
        self._free()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _decoded(self) -> Iterator[NDArray[np.float32]]:
        try:
            while True:
                while self._pending:
                    frame = self._pending.popleft()
                    samples = self._checked(frame)
                    if len(samples):
                        yield samples
                packet = next(self._packets, None)
                if packet is None:
                    return
                self._pending.extend(self._decode(packet))
        except av.error.FFmpegError as broken:
            raise self._unreadable(broken) from broken

    def _decode(self, packet: "Packet[AudioStream]") -> list[AudioFrame]:
        try:
            return self._stream.decode(packet)
        except av.error.InvalidDataError as broken:
            self._damaged += 1
            if self._damaged > _DAMAGED_PACKETS:
                raise self._unreadable(broken) from broken
            return []

    def _unreadable(self, broken: av.error.FFmpegError) -> SoundFormatError:
        after = self._samples / self.rate
        return SoundFormatError(f"the sound is damaged after {after:.1f} s ({broken.strerror})")

    def _checked(self, frame: AudioFrame) -> NDArray[np.float32]:
        if frame.sample_rate != self.rate:
            raise SoundFormatError(
                f"the sound changes its rate from {self.rate} to {frame.sample_rate} Hz"
            )
        self._samples += frame.samples
        _refuse_long(self._samples / self.rate, self._max_seconds)
        samples = self._downmix.push(channels(frame))[self._early :]
        self._early = max(0, self._early - frame.samples)
        return samples


def open_sound(file: BinaryIO, *, max_seconds: float) -> Sound:
    """Open a sound from its first byte and decode its first frame, about 0.5 to 8 ms.

    `file` must be seekable and stay open as long as the Sound. Raise EmptySound (no bytes, no
    samples), UnreadableSound (no allowed format, damaged), TruncatedSound (cut short, where the
    header tells: WAV, Ogg, MP4, MP3 with a Xing header), SoundTooLong (over `max_seconds`).
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if not size:
        raise EmptySound("the file is empty")
    kind = container_of(file.read(HEAD_BYTES))
    if kind is None:
        raise SoundFormatError(f"the file is no sound in a format that is allowed: {ALLOWED}")
    kind.check(file, size)
    early = untold_delay(file) if kind is MP3 else 0
    if kind is WAV:
        file = plain_wav(file, size)
    # A WAV's length is that of its bytes.
    counted = (
        None
        if kind is WAV
        else packet_seconds(file, kind.demuxer, _PROBE, max_seconds + 2 * _PACKETS_OVER_S)
    )
    file.seek(0)
    try:
        container = av.open(file, "r", format=kind.demuxer, options=_PROBE | _NO_OTHERS)
    except av.error.FFmpegError as broken:
        raise SoundFormatError(
            f"the {kind.name} file cannot be read ({broken.strerror}); allowed are {ALLOWED}"
        ) from broken
    try:
        return Sound(container, kind, max_seconds, early, counted)
    except BaseException:
        container.close()
        raise


def channels(frame: AudioFrame) -> NDArray[np.float32]:
    """One decoded frame as float32 [channels, n], full scale 1.0."""
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - np.float32(128)) / np.float32(128)
    if np.issubdtype(samples.dtype, np.integer):
        full_scale = 2.0 ** (8 * samples.dtype.itemsize - 1)
        return samples.astype(np.float32) / np.float32(full_scale)
    finite = np.nan_to_num(samples, posinf=1.0, neginf=-1.0)
    return finite.astype(np.float32).clip(-1, 1)


def _audio_stream(container: InputContainer) -> AudioStream:
    if not container.streams.audio:
        raise SoundFormatError("the file has no sound track")
    stream = container.streams.audio[0]
    if stream.codec_context is None:  # its header names none
        raise SoundFormatError("the sound in the file is of no kind that can be read")
    if not LOWEST_RATE <= stream.rate <= HIGHEST_RATE or stream.channels > MOST_CHANNELS:
        raise SoundFormatError(
            f"{stream.rate} Hz with {stream.channels} channels is not allowed: "
            f"{LOWEST_RATE} to {HIGHEST_RATE} Hz, {MOST_CHANNELS} channels at most"
        )
    return stream


def _seconds(container: InputContainer, stream: AudioStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / 1_000_000


def _agreed(told: float | None, counted: float | None) -> float | None:
    """The header's length, which is exact where it is true, unless there is more."""
    if told is None or counted is None:
        return counted if told is None else told
    return told if counted < told + _PACKETS_OVER_S else counted


def _refuse_long(seconds: float, most: float) -> None:
    if seconds > most:
        raise SoundLengthError(f"the sound is longer than the {most:g} s that are allowed")
