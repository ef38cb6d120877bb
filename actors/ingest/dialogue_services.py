"""What ingest listens and thinks with: one voice activity network, one transcriber and one
language model for all sessions, and one network that hears whether a turn is over.

In: the settings. Out: a listener and a conversation for a session. Runs in ingest; owns the
networks and the services' clients.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from actors.ingest.answer_notes import AnswerNote
from actors.ingest.conversation import Conversation
from actors.ingest.early_turn import AnswerDrafts
from actors.ingest.listener import Listener
from actors.ingest.metrics import IngestMetrics
from actors.ingest.pcm_reader import FULL_SCALE
from actors.ingest.realtime_session import RealtimeSession
from actors.ingest.speech_queue import SpeechQueue
from actors.ingest.turn_transcriber import TurnTranscriber
from data.services import LlmService
from data.units import FEATURE_RATE
from models.chat.answer_source import AnswerSource
from models.chat.endpoint import ChatEndpoint
from models.chat.guide import Guide
from models.chat.realtime.link import RealtimeLink
from models.chat.system_prompt import system_prompt
from models.chat.tools.toolbox import Toolbox
from models.hearing.end_of_turn import EndOfTurn
from models.hearing.engines import open_transcriber
from models.hearing.transcriber import LONGEST_SECONDS, Transcriber
from models.hearing.vad import Vad
from models.service_error import ServiceError
from runtime.actor import ActorSession
from runtime.errors import NO_TRANSCRIBER, NotConfigured, ServiceFailed
from runtime.messages import ActorNews, ActorSettings


class DialogueServices:
    """Nothing is loaded before `load`."""

    def __init__(self, settings: ActorSettings, metrics: IngestMetrics) -> None:
        self._settings = settings
        self._llm = settings.llm
        self._metrics = metrics
        self._endpoint: AnswerSource | None = None
        self._transcriber: Transcriber | None = None
        self._vad: Vad | None = None
        self._judge: EndOfTurn | None = None
        self._toolbox = Toolbox(LlmService())
        self._link: RealtimeLink | None = None

    async def load(self) -> None:
        """Load what the settings ask for; raises ServiceError or ValueError when it cannot be
        had."""
        self._vad = await asyncio.to_thread(Vad)
        if self._settings.llm.url:
            prompt = await asyncio.to_thread(system_prompt, self._llm.system)
            self._llm = replace(self._llm, system=prompt)
            self._endpoint = ChatEndpoint(self._llm)
            self._toolbox = await asyncio.to_thread(Toolbox, self._llm)
            await self._toolbox.load()
            if self._llm.api == "realtime":
                self._link = RealtimeLink(self._llm)
        elif self._settings.guide:
            self._endpoint = await asyncio.to_thread(Guide)
        if self._settings.asr.kind:
            self._transcriber = await open_transcriber(self._settings.asr)
            self._judge = await asyncio.to_thread(EndOfTurn)
        if self._endpoint is not None and self._link is None:
            await self._endpoint.warm()

    def conversation(self, trouble: Callable[[int, AnswerNote], None]) -> Conversation | None:
        """A session's turns; None where neither a language model nor the guide answers."""
        if self._endpoint is None:
            return None
        return Conversation(self._llm, self._endpoint, trouble, self._metrics.failed, self._toolbox)

    def realtime(
        self,
        session: ActorSession,
        conversation: Conversation | None,
        emit: Callable[[ActorNews], None],
        queue: SpeechQueue,
    ) -> RealtimeSession | None:
        """A session's conversation with a model that hears and speaks itself; None where the model
        does not, or nobody listens."""
        if self._link is None or conversation is None or not session.spec.live:
            return None
        return RealtimeSession(
            self._link,
            self._llm,
            self._toolbox,
            conversation,
            session,
            emit,
            queue.talking,
            self._settings.listening.barge_in,
        )

    def listener(
        self,
        session: ActorSession,
        emit: Callable[[ActorNews], None],
        queue: SpeechQueue,
        drafts: AnswerDrafts,
    ) -> Listener:
        """A session's ear for the person."""
        assert self._vad is not None, "load first"
        settings = self._settings
        transcriber = None
        if self._transcriber is not None:
            language = settings.asr.language
            transcriber = TurnTranscriber(
                session.id, self._transcriber, language, emit, self._metrics.failed
            )
        return Listener(
            session,
            self._vad,
            settings.listening,
            settings.asr,
            transcriber,
            emit,
            queue.talking,
            self._judge,
            drafts,
            queue.played,
        )

    async def transcribe(self, sound: bytes) -> str:
        """The words of int16 little-endian mono sound at 16 kHz, minute by minute.

        Raises NotConfigured, ServiceFailed."""
        if self._transcriber is None:
            raise NotConfigured(NO_TRANSCRIBER)
        samples = np.frombuffer(sound, "<i2").astype(np.float32) * FULL_SCALE
        words = []
        try:
            for begin in range(0, len(samples), LONGEST_SECONDS * FEATURE_RATE):
                part = samples[begin : begin + LONGEST_SECONDS * FEATURE_RATE]
                words.append(await self._transcriber.transcribe(part, self._settings.asr.language))
        except ServiceError as error:
            self._metrics.failed(error.service, error.reason)
            raise ServiceFailed(str(error)) from error
        return " ".join(filter(None, words))

    async def close(self) -> None:
        """Free the clients and the transcriber's thread."""
        if self._endpoint is not None:
            await self._endpoint.close()
        await self._toolbox.close()
        if self._transcriber is not None:
            await self._transcriber.close()
        if self._judge is not None:
            await self._judge.close()
