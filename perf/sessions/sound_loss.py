"""Sound over a way that loses packets: what in-band error correction and repetition are worth.

    speech ─▶ libopus, in three ways ─▶ LOSS of the packets ─▶ libopus's decoder ─▶ compared with
              none · in-band FEC (RFC 6716) · RED (RFC 2198)                        what was encoded

In: a voice of this machine. Out: for each way of coding, what it costs on the wire and in the
encoder, how much of the sound was made up by the decoder, and how far what is heard is from the
sound without loss. FFmpeg's decoder cannot be told of FEC, so libopus itself is asked.
`python -m perf.sessions.sound_loss --help`. Owns nothing.
"""

import ctypes
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import av
import numpy as np
import typer
from numpy.typing import NDArray

from actors.egress.webrtc.sound_rate import HEADERS
from data.units import CHUNK_MS, PLAYOUT_CHUNK, PLAYOUT_RATE
from models.sound.resample import FILE_QUALITY, Resampler
from models.voice.hibari import HibariVoice
from perf.report import Machine, Report

TEXT: Final = (
    "Good morning, and welcome. I will go on speaking for a good while now, so that everybody can "
    "listen to my voice. Bob put the map by the bump, and Mama may pop a balloon. "
)
SEED: Final = 7
RED_HEADER: Final = 5
"""Bytes of RFC 2198 before one repetition."""
WINDOW: Final = 960
Sound = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Coding:
    """options: libopus's, as FFmpeg names them. repeats: a packet carries the one before (RED)."""

    bitrate: int
    options: dict[str, str]
    repeats: bool = False
    corrects: bool = False


CODINGS: Final = {
    "none": Coding(48_000, {"application": "audio"}),
    "in-band FEC": Coding(
        48_000, {"application": "voip", "fec": "1", "packet_loss": "10"}, corrects=True
    ),
    "in-band FEC, 24 kbit/s": Coding(
        24_000, {"application": "voip", "fec": "1", "packet_loss": "10"}, corrects=True
    ),
    "RED": Coding(48_000, {"application": "audio"}, repeats=True),
    "RED, 24 kbit/s": Coding(24_000, {"application": "audio"}, repeats=True),
}


class Decoder:
    """libopus itself (opus_decode), mono at PLAYOUT_RATE."""

    def __init__(self) -> None:
        [path] = Path(av.__file__).parents[1].glob("av.libs/libopus*.so*")
        self._opus = ctypes.CDLL(str(path))
        self._opus.opus_decoder_create.restype = ctypes.c_void_p
        self._state = ctypes.c_void_p(
            self._opus.opus_decoder_create(PLAYOUT_RATE, 1, ctypes.byref(ctypes.c_int()))
        )

    def decode(self, packet: bytes | None, *, corrected: bool = False) -> Sound:
        """A chunk: of a packet, of what the packet behind it holds of it, or made up (None)."""
        out = np.zeros(PLAYOUT_CHUNK, np.int16)
        size = len(packet) if packet else 0
        self._opus.opus_decode(
            self._state,
            packet,
            size,
            ctypes.c_void_p(out.ctypes.data),
            PLAYOUT_CHUNK,
            int(corrected),
        )
        return out

    def close(self) -> None:
        """Free the library's state."""
        self._opus.opus_decoder_destroy(self._state)


def coded(sound: Sound, coding: Coding) -> tuple[list[bytes], float]:
    """The packets of `sound`, and the encoder's µs for each."""
    context: Any = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format = PLAYOUT_RATE, "mono", "s16"
    context.bit_rate = coding.bitrate
    context.options = {"frame_duration": str(CHUNK_MS), "compression_level": "5", **coding.options}
    context.open()
    packets: list[bytes] = []
    begun = time.process_time()
    for start in range(0, len(sound), PLAYOUT_CHUNK):
        frame = av.AudioFrame.from_ndarray(
            sound[None, start : start + PLAYOUT_CHUNK], "s16", "mono"
        )
        frame.sample_rate = PLAYOUT_RATE
        packets += [bytes(packet) for packet in context.encode(frame)]
    return packets, 1e6 * (time.process_time() - begun) / len(packets)


def heard(packets: Sequence[bytes], lost: Sequence[bool], coding: Coding) -> tuple[Sound, float]:
    """What a player hears that waits for one packet more, and the part that is made up."""
    decoder, made_up = Decoder(), 0
    pieces: list[Sound] = []
    for number, packet in enumerate(packets):
        follows = number + 1 < len(packets) and not lost[number + 1]
        if not lost[number] or (coding.repeats and follows):
            pieces.append(decoder.decode(packet))
        elif coding.corrects and follows:
            pieces.append(decoder.decode(packets[number + 1], corrected=True))
        else:
            pieces.append(decoder.decode(None))
            made_up += 1
    decoder.close()
    return np.concatenate(pieces), made_up / len(packets)


def distance(one: Sound, other: Sound) -> float:
    """Log-spectral distance in dB, root mean square over bands and 20 ms windows that sound."""
    spectra = []
    for sound in (one, other):
        whole = sound[: len(sound) // WINDOW * WINDOW].reshape(-1, WINDOW) * np.hanning(WINDOW)
        power = np.abs(np.fft.rfft(whole, axis=1))[:, 4:164] ** 2  # 200 Hz to 8 kHz
        spectra.append(10 * np.log10(power.reshape(len(power), 20, 8).mean(axis=2) + 1e3))
    loud = spectra[0].max(axis=1) > 50
    return float(np.sqrt(((spectra[0] - spectra[1])[loud] ** 2).mean()))


def speech(seconds: float) -> Sound:
    """A voice of this machine, whole chunks."""
    voice = HibariVoice()
    resampler = Resampler(voice.rate, PLAYOUT_RATE, FILE_QUALITY)
    sound = np.concatenate(
        [*(resampler.push(piece.sound) for piece in voice.speak(TEXT)), resampler.finish()]
    )
    length = int(seconds * PLAYOUT_RATE) // PLAYOUT_CHUNK * PLAYOUT_CHUNK
    return np.asarray(np.resize(sound, length) * 30_000, np.int16)


def main(
    seconds: Annotated[float, typer.Option(min=5, max=600, help="Of speech.")] = 60.0,
    loss: Annotated[float, typer.Option(min=0, max=50, help="Percent of the packets.")] = 10.0,
    json: Annotated[Path | None, typer.Option(help="Write the figures there.")] = None,
) -> None:
    """Lose packets of coded speech, and compare what is heard."""
    report = Report("sound over a lossy way", Machine.here(("av",)))
    report.begin()
    sound = speech(seconds)
    rows: dict[str, dict[str, str | float]] = {}
    for name, coding in CODINGS.items():
        packets, cost = coded(sound, coding)
        dice = random.Random(SEED)
        lost = [dice.random() * 100 < loss for _ in packets]
        whole, _ = heard(packets, [False] * len(packets), coding)
        broken, made_up = heard(packets, lost, coding)
        size = float(np.mean([len(packet) for packet in packets]))
        if coding.repeats:
            size = 2 * size + RED_HEADER
        rows[name] = {
            "kbit/s on the wire": (size + HEADERS) * 8 / CHUNK_MS,
            "encoder µs": cost,
            "made up %": 100 * made_up,
            "distance dB": distance(whole, broken),
        }
    report.table(f"{loss:g} % of the packets lost", rows)
    if json is not None:
        report.write(json)


if __name__ == "__main__":
    typer.run(main)
