"""What an AgentSession has in place of a person, a voice and their detector."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import Agent, AgentSession, stt, vad
from livekit.agents.vad import VADEvent, VADEventType
from livekit.agents.voice.io import AudioInput

RATE = 24_000


def frame(seconds: float, level: int = 8000) -> rtc.AudioFrame:
    """A piece of loud sound, mono."""
    samples = round(seconds * RATE)
    return rtc.AudioFrame(np.full(samples, level, np.int16).tobytes(), RATE, 1, samples)


async def speech(seconds: float, piece: float = 0.1) -> AsyncIterator[rtc.AudioFrame]:
    """What a quick voice makes: all of it at once, in pieces."""
    for _ in range(round(seconds / piece)):
        yield frame(piece)


class Person(AudioInput):
    """A microphone in which nobody is heard: what is heard, a test says to the detector."""

    def __init__(self) -> None:
        super().__init__(label="person")

    async def __anext__(self) -> rtc.AudioFrame:
        await asyncio.sleep(0.02)  # a microphone's pace
        return frame(0.02, 0)


class ToldVad(vad.VAD):
    """A detector that hears what a test says."""

    def __init__(self) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=0.02))
        self.events: asyncio.Queue[VADEvent] = asyncio.Queue()

    def stream(self) -> "ToldStream":
        return ToldStream(self)

    def hears(self, seconds: float) -> None:
        """Somebody makes a sound of this length."""
        self._tell(VADEventType.START_OF_SPEECH, 0.05, speaking=True)
        self._tell(VADEventType.INFERENCE_DONE, seconds, speaking=True)

    def quiet(self, seconds: float) -> None:
        """And is silent again."""
        self._tell(VADEventType.END_OF_SPEECH, seconds, silence=0.1)

    def _tell(
        self, kind: VADEventType, speech: float, *, silence: float = 0.0, speaking: bool = False
    ) -> None:
        event = VADEvent(kind, 0, 0.0, speech, silence, [frame(0.02)], speaking=speaking)
        event.raw_accumulated_speech = speech
        self.events.put_nowait(event)


class ToldStream(vad.VADStream):
    """Of the one session."""

    def __init__(self, told: ToldVad) -> None:
        self._told = told
        super().__init__(told)

    async def _main_task(self) -> None:
        async def swallow() -> None:
            async for _ in self._input_ch:
                pass

        swallowing = asyncio.ensure_future(swallow())
        try:
            while True:
                self._event_ch.send_nowait(await self._told.events.get())
        finally:
            swallowing.cancel()


class WordlessStt(stt.STT[Any]):
    """A transcriber that finds no words: whatever made a sound, it was nothing."""

    def __init__(self) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True, interim_results=False, offline_recognize=False
            )
        )

    async def _recognize_impl(self, *_: object, **__: object) -> stt.SpeechEvent:
        raise NotImplementedError

    def stream(self, **options: Any) -> "WordlessStream":
        return WordlessStream(stt=self, conn_options=options["conn_options"])


class WordlessStream(stt.RecognizeStream):
    """Of the one session."""

    async def _run(self) -> None:
        async for _ in self._input_ch:
            pass


class Silent(Agent):
    """It says what it is given."""

    def __init__(self) -> None:
        super().__init__(instructions="")


def agent_session(detector: ToldVad, seconds: float = 0.3) -> "AgentSession[None]":
    """An agent's session whose false interruptions are over so soon."""
    session: AgentSession[None] = AgentSession(
        vad=detector,
        stt=WordlessStt(),
        aec_warmup_duration=None,
        turn_handling={
            "turn_detection": "vad",
            "interruption": {
                "mode": "vad",
                "min_duration": 0.2,
                "false_interruption_timeout": seconds,
                "resume_false_interruption": True,
            },
        },
    )
    session.input.audio = Person()
    return session
