"""One answer of a speech-to-speech model: its sound, its words, and the tools that it calls.

In: the events of its responses. Out: a run of sound with what is said in it. After calls of tools
the model goes on, in the same run. Runs on ingest's loop; owns the events that wait, which are
bounded, and the tasks of calls.
"""

import asyncio
import base64
import time
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, Final, Protocol, TypeVar

import numpy as np

from actors.ingest.answer_notes import AnswerNotes
from actors.ingest.speaking_rate import SpeakingRate
from actors.ingest.speech_frames import Run, SpeechPart
from actors.ingest.utterance import UtteranceTimes
from data.units import CHUNK_MS
from models.chat.realtime.link import RATE, SERVICE, result_item
from models.chat.realtime.spans import AnswerSpans
from models.chat.sentences import SentenceStream
from models.chat.tool_rounds import ToolCalls
from models.chat.tools.call import ToolCall, ToolRequest
from models.service_error import ServiceError, said
from models.sound.chunks import Chunk, Chunker

Found = TypeVar("Found")
MOST_EVENTS: Final = 20_000
"""That wait: about half an hour of sound."""
_VOICE: Final = "realtime"
_FULL_SCALE: Final = 1 / 32768
AUDIO: Final = frozenset({"response.output_audio.delta", "response.audio.delta"})
_WORDS: Final = frozenset(
    {"response.output_audio_transcript.delta", "response.audio_transcript.delta"}
)
_WORDS_END: Final = frozenset(
    {"response.output_audio_transcript.done", "response.audio_transcript.done"}
)
"""By the names of the API, and of its beta."""


class RealtimeOut(Protocol):
    """The way to the service."""

    def send(self, event: dict[str, Any]) -> None:
        """In its turn."""

    async def idle(self) -> None:
        """Until no response is under way."""


class RealtimeAnswer:
    """Of one utterance."""

    def __init__(
        self,
        out: RealtimeOut,
        spans: AnswerSpans,
        steps: UtteranceTimes,
        notes: AnswerNotes,
        calls: ToolCalls,
        rounds: int,
        seconds: float,
    ) -> None:
        """seconds: how long the service may say nothing."""
        self._out, self._spans, self._steps, self._notes = out, spans, steps, notes
        self._calls, self._rounds, self._seconds = calls, rounds, seconds
        self.mark = str(spans.utterance)
        """By which its responses are known."""
        self._events: asyncio.Queue[dict[str, Any] | ServiceError] = asyncio.Queue(MOST_EVENTS)
        self._pace = SpeakingRate()
        self._chunker = Chunker(RATE)
        self._sentences = SentenceStream(early=False)
        self._ms = 0
        """So much sound was given."""
        self._begun: int | None = None
        """Where the sentence began whose end has not come."""

    def take(self, event: dict[str, Any] | ServiceError) -> None:
        """An event of its response, or why there are no more."""
        if not self._events.full():
            self._events.put_nowait(event)

    async def run(self) -> Run:
        """The sound of all of it; raises ServiceError."""
        for round_ in range(self._rounds + 1):
            wanted: list[ToolCall] = []
            async with aclosing(self._response(wanted, last=round_ == self._rounds)) as parts:
                async for part in parts:
                    yield part
            if not wanted:
                break
            results: list[str] = []
            async with aclosing(self._calls.run(ToolRequest(tuple(wanted), None), results)) as run:
                async for _ in run:
                    pass
            for call, result in zip(wanted, results, strict=True):
                self._out.send(result_item(call.id, result))
        for part in self._last_words():
            yield part
        yield SpeechPart(list(self._chunker.finish()))

    async def _response(self, wanted: list[ToolCall], last: bool) -> AsyncGenerator[SpeechPart]:
        await self._in_time(self._out.idle())
        options: dict[str, Any] = {"metadata": {"utterance": self.mark}}
        options |= {"tool_choice": "none"} if last else {}
        self._out.send({"type": "response.create", "response": options})
        while True:
            event = await self._next()
            kind = event["type"]
            if kind in AUDIO:
                yield SpeechPart(self._heard(event))
            elif kind in _WORDS:
                self._begun = self._ms if self._begun is None else self._begun
                for sentence in self._sentences.push(str(event["delta"])):
                    yield self._said(sentence)
            elif kind in _WORDS_END:
                for part in self._last_words():
                    yield part
            elif kind == "response.done":
                self._end(event["response"], wanted)
                return

    def _said(self, sentence: str) -> SpeechPart:
        """A sentence whose end has come, which began a while ago."""
        self._steps.first_sentence = self._steps.first_sentence or time.monotonic_ns()
        late, self._begun = self._ms - (self._begun or 0), self._ms
        return SpeechPart([], sentence, self._pace.words(_VOICE, sentence), late)

    def _last_words(self) -> list[SpeechPart]:
        rest, self._sentences = self._sentences.finish(), SentenceStream(early=False)
        parts = [self._said(sentence) for sentence in rest]
        self._begun = None
        return parts

    async def _next(self) -> dict[str, Any]:
        event = await self._in_time(self._events.get())
        if isinstance(event, ServiceError):
            raise event
        return event

    async def _in_time(self, waiting: Coroutine[Any, Any, Found]) -> Found:
        try:
            async with asyncio.timeout(self._seconds):
                return await waiting
        except TimeoutError as late:
            why = f"nothing came within {self._seconds:g} seconds"
            raise ServiceError(SERVICE, "slow", why) from late

    def _heard(self, event: dict[str, Any]) -> list[Chunk]:
        pcm = np.frombuffer(base64.b64decode(event["delta"]), "<i2")
        self._spans.begins(str(event["item_id"]))
        self._spans.lasts(len(pcm) * 1000 / RATE)
        now = time.monotonic_ns()
        self._notes.tokens += 1
        self._steps.voice = _VOICE
        self._steps.first_token = self._steps.first_token or now
        self._steps.first_sound = self._steps.first_sound or now
        chunks = list(self._chunker.push(pcm.astype(np.float32) * np.float32(_FULL_SCALE)))
        self._ms += len(chunks) * CHUNK_MS
        return chunks

    def _end(self, response: dict[str, Any], wanted: list[ToolCall]) -> None:
        status = response["status"]
        if status == "failed":
            details = response.get("status_details") or {}
            why = (details.get("error") or {}).get("message") or "no reason is given"
            raise ServiceError(SERVICE, "down", f"failed while it answered: {said(str(why))}")
        for item in response.get("output") or ():
            if item["type"] == "function_call" and status == "completed":
                wanted.append(
                    ToolCall(str(item["call_id"]), str(item["name"]), str(item["arguments"]))
                )
