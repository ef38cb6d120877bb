"""Every service over a real socket: what comes out when all goes well, and when it does not."""

import asyncio
import gc
import re
from contextlib import aclosing

import numpy as np
import pytest
import uvloop
from numpy.typing import NDArray

from data.services import SpeechStyle
from models.service_error import Reason
from models.sound.loudness import PIECE_MS, TARGET_DBFS, ActiveLevel
from models.sound.resample import Resampler
from models.voice.errors import VoiceError
from models.voice.remote.errors import SpeakerFailed
from models.voice.remote.speakers import KINDS, open_speaker
from models.voice.speech import SpeechPiece
from models.voice.voice import HEAD_MS, pause_ms
from tests.models.voice.remote.conftest import SAID
from tests.models.voice.remote.encodings import BEFORE_S
from tests.models.voice.remote.providers import BY_KIND, KEY, PROVIDERS, WORDS, Provider
from tests.models.voice.remote.stage import Scene, Stage

Speech = NDArray[np.float32]

every = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.kind)


async def _spoken(
    provider: Provider, speech: Speech, scene: Scene = "whole", first_seconds: float = 5.0
) -> list[SpeechPiece]:
    async with provider.stage(speech, scene) as stage:
        speaker = open_speaker(provider.service(stage.url, first_seconds))
        try:
            async with aclosing(speaker.speak(SAID, SpeechStyle())) as pieces:
                return [piece async for piece in pieces]
        finally:
            await speaker.close()


def _failure(provider: Provider, speech: Speech, scene: Scene) -> SpeakerFailed:
    seconds = 0.1 if scene in ("mute", "stalled") else 5.0
    with pytest.raises(SpeakerFailed) as caught:
        uvloop.run(_spoken(provider, speech, scene, seconds))
    assert KEY not in str(caught.value)
    assert str(caught.value).startswith(f"my-{provider.kind}: ")
    assert isinstance(caught.value, VoiceError)
    return caught.value


def _likeness(heard: Speech, sent: Speech) -> tuple[float, int]:
    """Correlation at the best delay, and how many samples later `heard` is."""
    size = len(heard) + len(sent)
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(sent, size))
    across = np.fft.irfft(spectrum, size)
    at = int(np.argmax(across))
    strength = float(across[at] / (np.linalg.norm(heard) * np.linalg.norm(sent)))
    return strength, at if at < size // 2 else at - size


def test_every_kind_of_service_is_tried_here() -> None:
    assert {provider.kind for provider in PROVIDERS} == set(KINDS)


@every
def test_the_speech_comes_out_as_it_was_sent(provider: Provider, speech: Speech) -> None:
    pieces = uvloop.run(_spoken(provider, speech))
    assert {piece.rate for piece in pieces} == {provider.rate}
    assert max(len(piece.sound) for piece in pieces) <= provider.rate * PIECE_MS // 1000
    heard = np.concatenate([piece.sound for piece in pieces])
    assert heard.dtype == np.float32
    resampler = Resampler(24_000, provider.rate)
    sent = np.concatenate((resampler.push(speech), resampler.finish()))
    strength, late = _likeness(heard, sent)
    assert strength > (0.995 if provider.lossless else 0.97)
    assert abs(late) <= provider.rate * (HEAD_MS + 5) / 1000, "the silence before it is cut"
    tail = len(heard) - len(sent)
    assert tail <= provider.rate * (pause_ms(SAID) + HEAD_MS + 10) / 1000, "and most after it"
    level = ActiveLevel(provider.rate)
    level.push(heard)
    assert level.dbfs() == pytest.approx(TARGET_DBFS, abs=3), "by its first 200 ms"


@pytest.mark.parametrize(
    "provider", [p for p in PROVIDERS if p.words], ids=lambda provider: provider.kind
)
def test_words_are_told_once_and_on_the_cut_sounds_clock(
    provider: Provider, speech: Speech
) -> None:
    pieces = uvloop.run(_spoken(provider, speech))
    words = [word for piece in pieces for word in piece.words]
    assert [word.text for word in words] == [word.text for word in WORDS]
    for word, sent in zip(words, WORDS, strict=True):
        assert word.start == pytest.approx(sent.start - BEFORE_S, abs=0.06)
        assert word.end - word.start == pytest.approx(sent.end - sent.start, abs=1e-6)
    assert pieces[0].words, "they came before the sound, so they are with its first piece"


SCENES: list[tuple[Scene, Reason, str]] = [
    ("mute", "slow", r"no sound within 0\.1 s"),
    ("stalled", "slow", r"no sound within 0\.1 s"),
    ("cut", "cut", ""),
    ("401", "refused", r"401.*bad key \*\*\*"),
    ("429", "busy", r"too many requests \(429\).*slow down"),
    ("500", "down", r"failed \(500\) out of memory"),
    ("html", "nonsense", "sent text/html; .* where (sound|a WebSocket) was due: <html>Log in"),
    ("empty", "nonsense", "without any sound"),
]


@every
@pytest.mark.parametrize(("scene", "reason", "message"), SCENES, ids=[s[0] for s in SCENES])
def test_what_goes_wrong_is_named(
    provider: Provider, speech: Speech, scene: Scene, reason: Reason, message: str
) -> None:
    failure = _failure(provider, speech, scene)
    assert failure.reason == reason
    assert failure.retry_after == (7.0 if scene == "429" else None)
    assert re.search(message, str(failure))


@every
def test_a_slow_first_byte_is_waited_for(provider: Provider, speech: Speech) -> None:
    async def run() -> None:
        async with provider.stage(speech, "held") as stage:
            speaker = open_speaker(provider.service(stage.url))
            pieces = speaker.speak(SAID, SpeechStyle())
            first = asyncio.ensure_future(anext(pieces))
            await stage.begun.wait()
            assert not first.done()
            stage.go.set()
            assert len((await first).sound)
            assert [piece async for piece in pieces]
            await speaker.close()

    uvloop.run(run())


@every
def test_what_came_before_a_cut_is_heard(provider: Provider, speech: Speech) -> None:
    async def run() -> float:
        seconds = 0.0
        async with provider.stage(speech, "cut") as stage:
            speaker = open_speaker(provider.service(stage.url))
            with pytest.raises(SpeakerFailed):
                async for piece in speaker.speak(SAID, SpeechStyle()):
                    seconds += len(piece.sound) / piece.rate
            await speaker.close()
        return seconds

    assert 0.3 < uvloop.run(run()) < len(speech) / 24_000


@every
def test_cancelling_closes_the_connection_at_once(provider: Provider, speech: Speech) -> None:
    async def run() -> Stage:
        async with provider.stage(speech, "endless") as stage:
            speaker = open_speaker(provider.service(stage.url))
            pieces = speaker.speak(SAID, SpeechStyle())
            first = await anext(pieces)
            assert len(first.sound)
            await pieces.aclose()
            async with asyncio.timeout(60):
                await stage.gone.wait()
            await speaker.close()
            return stage

    stage = uvloop.run(run())
    gc.collect()
    assert stage.gone.is_set()


@every
def test_cancelling_the_task_that_waits_closes_it_too(provider: Provider, speech: Speech) -> None:
    async def run() -> None:
        async with provider.stage(speech, "mute") as stage:
            speaker = open_speaker(provider.service(stage.url))
            waiting = asyncio.ensure_future(anext(speaker.speak(SAID, SpeechStyle())))
            async with asyncio.timeout(60):
                await stage.begun.wait()
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting
                await stage.gone.wait()
            await speaker.close()

    uvloop.run(run())


@every
def test_several_sentences_at_once(provider: Provider, speech: Speech) -> None:
    async def run() -> None:
        async with provider.stage(speech) as stage:
            speaker = open_speaker(provider.service(stage.url))

            async def one() -> int:
                return sum([len(p.sound) async for p in speaker.speak(SAID, SpeechStyle())])

            lengths = await asyncio.gather(one(), one(), one())
            assert len(set(lengths)) == 1
            await speaker.close()

    uvloop.run(run())


@pytest.mark.parametrize("kind", ["openai", "doubao", "qwen", "indextts"])
def test_the_next_sentence_takes_the_same_connection(kind: str, speech: Speech) -> None:
    provider = {str(k): p for k, p in BY_KIND.items()}[kind]

    async def run() -> Stage:
        async with provider.stage(speech) as stage:
            speaker = open_speaker(provider.service(stage.url))
            for _ in range(3):
                assert [piece async for piece in speaker.speak(SAID, SpeechStyle())]
            await speaker.close()
            return stage

    stage = uvloop.run(run())
    assert (len(stage.asked), stage.connections) == (3, 1)
