"""A person's voice as a browser sends it: Opus in RTP, and what became of it in the ring."""

from collections.abc import Iterable, Sequence

import numpy as np
from aiortc.rtp import RtpPacket
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry

from actors.egress.webrtc.microphone import Microphone, MicrophoneCounts
from actors.egress.webrtc.opus import OpusEncoder
from data.units import FEATURE_RATE, PLAYOUT_CHUNK, PLAYOUT_RATE
from models.sound.resample import Resampler
from perf.sounds import bursts
from runtime.ports import Inlet
from tests.actors.egress.webrtc.scripted_clock import Clock
from tests.actors.session_rig import Rig

SSRC = 4711
PAYLOAD_TYPE = 111


def voice(syllables: int) -> NDArray[np.int16]:
    """Vowels with pauses, 48 kHz, a whole number of packets; 0.4 s a syllable."""
    spoken = bursts(syllables, 0.25, [0.15] * syllables).astype(np.float32) / np.float32(32768)
    resampler = Resampler(FEATURE_RATE, PLAYOUT_RATE)
    wide = np.concatenate((resampler.push(spoken), resampler.finish()))
    whole = len(wide) // PLAYOUT_CHUNK * PLAYOUT_CHUNK
    return np.asarray(np.clip(wide[:whole] * 32767, -32768, 32767), np.int16)


def narrow(sound: NDArray[np.int16]) -> NDArray[np.float32]:
    """The same at 16 kHz, full scale 1.0: what the ring should hold."""
    resampler = Resampler(PLAYOUT_RATE, FEATURE_RATE)
    samples = sound.astype(np.float32) / np.float32(32768)
    return np.concatenate((resampler.push(samples), resampler.finish()))


def coded(sound: NDArray[np.int16]) -> list[bytes]:
    """One Opus packet for each 20 ms."""
    encoder = OpusEncoder(32_000)
    chunks = sound.reshape(-1, PLAYOUT_CHUNK)
    return [encoder.encode(chunk) for chunk in chunks]


def packet(number: int, payload: bytes, *, timestamp: int | None = None) -> RtpPacket:
    """Packet `number` of the stream; numbers and times wrap, as they do on the wire."""
    time = number * PLAYOUT_CHUNK if timestamp is None else timestamp
    return RtpPacket(
        payload_type=PAYLOAD_TYPE,
        sequence_number=(65_500 + number) % (1 << 16),
        timestamp=((1 << 32) - 5 * PLAYOUT_CHUNK + time) % (1 << 32),
        ssrc=SSRC,
        payload=payload,
    )


def delay(heard: NDArray[np.float32], said: NDArray[np.float32]) -> tuple[int, float]:
    """By how many samples `heard` is later than `said`, and how alike they are then (1: equal)."""
    size = 1 << (len(heard) + len(said)).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)
    lag = int(np.argmax(product[: size // 2]))
    count = min(len(heard) - lag, len(said))
    a, b = heard[lag : lag + count], said[:count]
    return lag, float(np.dot(a, b) / np.sqrt(np.dot(a, a) * np.dot(b, b)))


class Listening:
    """A microphone on a session's ring, and ingest's end of it; the test turns its clock."""

    def __init__(self, rig: Rig) -> None:
        self.clock = Clock()
        self.registry = CollectorRegistry()
        outlet = rig.stand("egress").outlets["mic"]
        self.microphone = Microphone(outlet, MicrophoneCounts(self.registry), self.clock)
        self.inlet: Inlet = rig.stand("ingest").inlets["mic"]
        self.frames: list[NDArray[np.float32]] = []
        self.numbers: list[int] = []

    def take(self, packets: Iterable[RtpPacket], *, seconds: float = 0.02) -> None:
        """Packets arrive, one every `seconds`, and ingest reads."""
        for one in packets:
            self.clock.turn(seconds)
            self.microphone.take(one, int(self.clock.now * 1e9))
            self.read()

    def pause(self, seconds: float) -> None:
        """Nothing arrives."""
        for _ in range(round(seconds / 0.1)):
            self.clock.turn(0.1)
            self.read()

    def read(self) -> None:
        while (slot := self.inlet.take()) is not None:
            self.frames.append(np.array(slot["sound"]))
            self.numbers.append(int(slot["tick"]))
            self.inlet.release()

    def counted(self, what: str, kind: str) -> float | None:
        return self.registry.get_sample_value(f"ringtalk_mic_{what}_total", {"kind": kind})

    @property
    def sound(self) -> NDArray[np.float32]:
        return np.concatenate(self.frames)

    def loud(self) -> Sequence[bool]:
        """Whether each frame holds sound."""
        return [bool(np.abs(frame).max() > 0.01) for frame in self.frames]
