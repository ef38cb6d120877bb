"""A context's sound goes up as the server takes it, and what was not heard comes back as it was."""

import numpy as np
import pytest
from numpy.typing import NDArray
from pipecat.frames.frames import TTSAudioRawFrame
from pipecat_ringtalk.spoken_context import SpokenContext
from pipecat_ringtalk.tick_stream import RATE


def tone(rate: int, seconds: float = 0.5, channels: int = 1) -> NDArray[np.int16]:
    at = np.arange(round(rate * seconds)) / rate
    wave = np.rint(8000 * np.sin(2 * np.pi * 440 * at)).astype("<i2")
    return np.repeat(wave, channels)


def frames(rate: int, channels: int = 1, piece: int = 700) -> list[TTSAudioRawFrame]:
    sound = tone(rate, channels=channels).tobytes()
    size = piece * channels * 2
    return [
        TTSAudioRawFrame(sound[at : at + size], rate, channels, "a")
        for at in range(0, len(sound), size)
    ]


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_sound_becomes_48_khz_mono_and_loses_nothing(rate: int, channels: int) -> None:
    context = SpokenContext("a")
    sent = b"".join(context.add(frame) for frame in frames(rate, channels)) + context.end()
    heard = np.frombuffer(sent, "<i2").astype(float)
    assert len(heard) == pytest.approx(RATE / 2, abs=RATE // 1000)
    wanted = tone(RATE).astype(float)[: len(heard)]
    inner = slice(RATE // 50, len(wanted) - RATE // 50)
    assert np.abs(heard[: len(wanted)] - wanted)[inner].max() < 400


def test_what_was_not_heard_is_the_voices_own_sound() -> None:
    context = SpokenContext("a")
    for frame in frames(24000, 2):
        context.add(frame)
    context.heard_ticks = 5
    rest = context.unheard()
    assert rest is not None
    assert (rest.sample_rate, rest.num_channels, rest.context_id) == (24000, 2, "a")
    assert rest.audio == tone(24000, channels=2).tobytes()[5 * 960 * 4 :]
    context.heard_ticks = 13
    assert context.unheard() is None


def test_a_voice_that_changes_its_rate_within_a_context_is_named() -> None:
    context = SpokenContext("a")
    context.add(TTSAudioRawFrame(bytes(480), 24000, 1, "a"))
    with pytest.raises(ValueError, match="changed from 24000 Hz x 1 to 16000 Hz x 1"):
        context.add(TTSAudioRawFrame(bytes(480), 16000, 1, "a"))
