"""ingest: what the face is given to say, as sound, and what the person says.

In: SayText, AnswerText, PlaySound and StreamPcm requests from the supervisor, and each session's
mic ring. Out: each session's speech ring, with cues and events. A request is refused before it is
queued if nothing can speak it. Process: see actors/table.py. Owns the voices and their threads, the
clients of the language model and of transcription, and what each session says.
"""

import asyncio
import os
import socket
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, aclosing
from functools import partial
from typing import BinaryIO, Final, TypeVar

from actors.ingest.action_cues import ActionCues
from actors.ingest.answer_draft import AnswerDraft, SessionDrafts
from actors.ingest.answer_notes import AnswerNote, AnswerNotes
from actors.ingest.conversation import Conversation
from actors.ingest.dialogue_services import DialogueServices
from actors.ingest.listener import Listener
from actors.ingest.metrics import IngestMetrics
from actors.ingest.pcm_reader import pcm
from actors.ingest.realtime_session import RealtimeSession
from actors.ingest.sentence_synthesis import SentenceTask, SynthesisReport, spoken
from actors.ingest.session_speech import SessionSpeech
from actors.ingest.speaking_rate import SpeakingRate
from actors.ingest.speech_frames import ChunkBatch, Run, marked, one, played, streamed
from actors.ingest.speech_queue import SpeechQueue
from actors.ingest.utterance import Utterance, UtteranceTimes
from actors.ingest.voice_registry import VoiceRegistry
from data.services import SpeechStyle
from models.chat.action_marks import ActionMark, MarkedSentence, placed
from models.chat.cleaned import cleaned_of_actions
from models.chat.tools.call import NO_SUCH_TOOL
from models.service_error import ServiceError
from models.sound.decode import Sound, open_sound
from models.sound.errors import SoundError
from models.sound.errors import SoundFormatError as Unreadable
from models.sound.errors import SoundLengthError as TooLong
from models.voice.errors import VoiceError
from models.voice.language import language_of
from models.voice.sentences import sentences
from runtime import allocator
from runtime.actor import ActorSession, Context, unknown
from runtime.control_words import ControlWord
from runtime.errors import (
    BrokenSound,
    CannotSpeak,
    NotConfigured,
    SoundTooLong,
    TextRefused,
    UnknownSession,
    UnreadableSound,
)
from runtime.exchange import BEFORE, Exchange
from runtime.messages import (
    ActorEvent,
    AnswerText,
    Done,
    FitStyle,
    MessageBody,
    PlaySound,
    SayText,
    SoundPlaying,
    SoundTranscribed,
    StreamPcm,
    StyleNotes,
    ToolCalled,
    TranscribeSound,
)
from runtime.tasks import Tasks, together

THREADS: Final = 3
"""Synthesis of one session must not wait for the decoding of another's upload."""
UNKNOWN_LENGTH: Final = -1.0
_SEEN: Final = 400
"""Characters of an answer that its language is found by."""
Result = TypeVar("Result")


class Ingest:
    """The actor: the voices, and what each session says."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._executor = ThreadPoolExecutor(THREADS, "ingest")
        self._voices = VoiceRegistry(context.settings, self._executor)
        self._metrics = IngestMetrics(context.registry)
        self._services = DialogueServices(context.settings, self._metrics)
        self._rate = SpeakingRate()
        self._tasks = Tasks(context)
        self._listening = Tasks(context)
        self._sessions: dict[str, SessionSpeech] = {}

    async def start(self) -> None:
        """Load the voices and let each thread say a word, so that the first sentence is quick.

        Raises NotConfigured when something that the settings name cannot be had."""
        allocator.give_back()
        try:
            await asyncio.gather(self._in_thread(self._voices.load), self._services.load())
        except (ServiceError, ValueError) as error:
            raise NotConfigured(str(error)) from error
        await asyncio.gather(*(self._rehearse() for _ in range(THREADS)))

    async def _rehearse(self) -> None:
        text = "Hello, how are you?"
        parts, _ = await self._in_thread(
            lambda: self._speak(
                [MarkedSentence(text)], SpeechStyle(), language_of(text), ActionCues()
            )
        )
        async for _ in self._batches(_each(parts), UtteranceTimes(0), lambda trouble: None):
            pass

    async def open(self, session: ActorSession) -> None:
        queue = SpeechQueue(session, self._context.settings.max_queue, self._context.emit)
        trouble = partial(self._trouble, session.id)
        drafts = SessionDrafts(partial(self._draft, session.id), self._metrics.drafted)
        conversation = self._services.conversation(trouble)
        realtime = self._services.realtime(session, conversation, self._context.emit, queue)
        speech = SessionSpeech(
            session,
            queue,
            asyncio.Lock(),
            conversation,
            self._services.listener(session, self._context.emit, queue, drafts)
            if session.spec.live and realtime is None
            else None,
            drafts,
            realtime,
        )
        if speech.conversation is not None:
            speech.conversation.go_on(session.exchanges)
        self._sessions[session.id] = speech
        self._tasks.begin(session.id, queue.run())
        if speech.listener is not None:
            self._listening.begin(session.id, _listen(speech.listener))
        if realtime is not None:
            self._listening.begin(session.id, realtime.run())

    async def close(self, session: str) -> None:
        speech = self._sessions.pop(session, None)
        await self._listening.end(session)
        if speech is not None:
            speech.drafts.drop()
        await self._tasks.end(session)

    def flush(self, session: str) -> None:
        speech = self._sessions[session]
        control = speech.session.control
        if speech.conversation is not None:
            heard = control.load(ControlWord.HEARD_UTTERANCE), control.load(ControlWord.HEARD_FRAME)
            speech.conversation.interrupted(*heard)
            if speech.realtime is not None:
                speech.realtime.interrupted(*heard)
        speech.queue.flush()
        if speech.listener is not None:
            speech.listener.flush()

    async def handle(self, request: MessageBody, descriptors: list[int]) -> MessageBody:
        match request:
            case SayText():
                return await self._say(request)
            case AnswerText():
                return await self._chat(request)
            case FitStyle(style=style):
                return StyleNotes((await self._in_thread(lambda: self._voices.fit(style))).notes)
            case TranscribeSound():
                return await self._transcribe(descriptors[0])
            case PlaySound():
                return await self._play(request, descriptors[0])
            case StreamPcm():
                return await self._stream_pcm(request, descriptors[0])
            case _:
                raise unknown(request, "ingest")

    async def stop(self) -> None:
        await asyncio.gather(self._voices.close(), self._services.close())
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _say(self, request: SayText) -> StyleNotes:
        steps = UtteranceTimes(time.monotonic_ns())
        speech = self._speech_of(request.session)
        cues = ActionCues()
        async with speech.order:
            text, marks = await self._in_thread(lambda: _said(request, speech.actions))
            style, notes = await self._in_thread(lambda: self._voices.fit(request.style))
            language = await self._in_thread(lambda: self._language(text, style, speech.language))
            parts, without = await self._in_thread(
                lambda: self._speak(
                    placed(text, marks, sentences(text, language)), style, language, cues
                )
            )
            speech.language = language
            trouble = partial(self._trouble, request.session, request.utterance)
            for why in without:
                trouble(why)
            batches = cues.within(self._batches(_each(parts), steps, trouble))
            self._put(request, Utterance(request.utterance, request.epoch, batches, steps))
        return StyleNotes(notes)

    async def _chat(self, request: AnswerText) -> StyleNotes:
        speech = self._speech_of(request.session)
        if speech.conversation is None:
            raise NotConfigured("type 'chat' needs a language model: set llm.url and llm.model")
        if speech.realtime is not None:
            return await self._converse(speech, speech.conversation, speech.realtime, request)
        if self._context.settings.llm.api == "realtime":
            raise NotConfigured(
                "a model that hears and speaks itself needs a session with a client"
            )
        steps = _times(speech, request.turn) or UtteranceTimes(time.monotonic_ns())
        async with speech.order:
            draft = self._drafted(speech, request)
            if draft is not None:
                self._adopt(speech, request, draft, steps)
                return StyleNotes()
            style, notes = await self._in_thread(lambda: self._voices.fit(request.style))
            language = await self._in_thread(
                lambda: self._language(request.text, style, speech.language)
            )
            speech.language = language
            turn = speech.conversation.begin(request.utterance, request.text)
            telling, cues = speech.conversation.notes(request.utterance), ActionCues()
            answer = speech.conversation.answer(turn, steps, language, speech.actions, telling)
            parts = self._answer(answer, telling, style, language, cues)
            batches = cues.within(self._batches(parts, steps, telling.trouble))
            utterance = Utterance(
                request.utterance, request.epoch, batches, steps, captions=turn.captions
            )
            self._put(request, utterance)
        return StyleNotes(notes)

    async def _converse(
        self,
        speech: SessionSpeech,
        conversation: Conversation,
        realtime: RealtimeSession,
        request: AnswerText,
    ) -> StyleNotes:
        """The model hears and speaks itself."""
        steps = realtime.steps(request.turn)
        if request.turn and steps is None:
            raise TextRefused("what was said is not known any more")
        async with speech.order:
            turn = conversation.begin(request.utterance, request.text)
            notes = conversation.notes(request.utterance)
            steps = steps or UtteranceTimes(time.monotonic_ns())
            run = realtime.answer(turn, request.turn, steps, notes)
            batches = marked(one(self._spoken_by(realtime, run, notes)))
            utterance = Utterance(
                request.utterance, request.epoch, batches, steps, captions=turn.captions
            )
            self._put(request, utterance)
        return StyleNotes()

    async def _spoken_by(self, realtime: RealtimeSession, run: Run, notes: AnswerNotes) -> Run:
        """The run; where the service fails, that is told and it ends."""
        try:
            async with aclosing(run):
                async for part in run:
                    yield part
        except ServiceError as error:
            realtime.reset()
            self._metrics.failed(error.service, error.reason)
            notes.trouble(str(error))

    def _drafted(self, speech: SessionSpeech, request: AnswerText) -> AnswerDraft | None:
        """The answer to these words that was begun before the turn was over."""
        if speech.conversation is None or not request.turn or request.style != SpeechStyle():
            return None
        return speech.drafts.take(request.text, speech.conversation.messages)

    def _adopt(
        self, speech: SessionSpeech, request: AnswerText, draft: AnswerDraft, steps: UtteranceTimes
    ) -> None:
        """The answer that was begun is the one to this request."""
        assert speech.conversation is not None
        draft.adopt(
            request.utterance, steps, partial(speech.conversation.trouble, request.utterance)
        )
        speech.conversation.adopt(draft.exchange)
        speech.language = draft.language or speech.language
        utterance = Utterance(
            request.utterance,
            request.epoch,
            draft.batches(),
            draft.steps,
            draft.drop,
            draft.exchange.captions,
        )
        self._put(request, utterance)

    def _draft(self, session: str, text: str) -> AnswerDraft | None:
        """Begin the answer to what may be the words of a turn; None where there is no model, it is
        switched off, or the face speaks, so that nobody knows yet what of that is heard."""
        speech = self._sessions.get(session)
        if speech is None or speech.conversation is None or speech.queue.talking():
            return None
        if not self._context.settings.llm.speculate:
            return None
        exchange = Exchange(BEFORE, text)
        draft = AnswerDraft(exchange, speech.conversation.messages(exchange))
        cues = ActionCues()
        parts = self._ahead(speech, speech.conversation, draft, cues)
        draft.begin(cues.within(self._batches(parts, draft.steps, draft.notes.trouble)))
        return draft

    async def _ahead(
        self,
        speech: SessionSpeech,
        conversation: Conversation,
        draft: AnswerDraft,
        cues: ActionCues,
    ) -> AsyncGenerator[SentenceTask]:
        """The sentences of an answer that nobody has asked for yet."""
        text, style = draft.exchange.text, SpeechStyle()
        draft.language = await self._in_thread(lambda: self._language(text, style, speech.language))
        answer = conversation.answer(
            draft.exchange, draft.steps, draft.language, speech.actions, draft.notes
        )
        parts = self._answer(answer, draft.notes, style, draft.language, cues)
        async with aclosing(parts):
            async for part in parts:
                yield part

    async def _answer(
        self,
        answer: AsyncGenerator[MarkedSentence],
        notes: AnswerNotes,
        style: SpeechStyle,
        language: str,
        cues: ActionCues,
    ) -> AsyncGenerator[SentenceTask]:
        """The sentences of the answer with their voices; one that nobody can speak is told.

        language: the question's, which the answer has unless it clearly has another."""
        said = ""
        async with aclosing(answer):
            async for sentence in answer:
                cues.add(sentence)
                if not sentence.text:
                    continue
                said = f"{said} {sentence.text}"[-_SEEN:]
                spoken_in = style.language or language_of(said, language)
                try:
                    choices = self._voices.choices(sentence.text, style, spoken_in)
                except VoiceError as error:
                    notes.trouble(str(error))
                    continue
                yield SentenceTask(sentence.text, choices)

    def _language(self, text: str, style: SpeechStyle, before: str) -> str:
        """The request's own, or the text's; in a thread. Raises CannotSpeak for an unknown one."""
        try:
            self._voices.check_language(style)
        except VoiceError as error:
            raise CannotSpeak(str(error)) from error
        return style.language or language_of(text, before)

    def _speak(
        self,
        text: Iterable[MarkedSentence],
        style: SpeechStyle,
        language: str,
        cues: ActionCues,
    ) -> tuple[Sequence[SentenceTask], Sequence[str]]:
        """The sentences with their voices, and why others have none; in a thread. Their actions go
        to `cues`.

        Raises CannotSpeak where no sentence has one, TextRefused where there is neither a sentence
        nor an action."""
        parts: list[SentenceTask] = []
        without: list[str] = []
        acts = False
        for sentence in text:
            cues.add(sentence)
            acts = acts or bool(sentence.actions)
            if not sentence.text:
                continue
            try:
                choices = self._voices.choices(sentence.text, style, language)
            except VoiceError as error:
                without.append(str(error))
            else:
                parts.append(SentenceTask(sentence.text, choices))
        if without and not parts:
            raise CannotSpeak(without[0])
        if not parts and not acts:
            raise TextRefused("there is nothing to speak in this text: it has no letter or digit")
        return parts, without

    async def _play(self, request: PlaySound, descriptor: int) -> SoundPlaying:
        """The file is closed with the last reference to its sound, at once if it is refused."""
        steps = UtteranceTimes(time.monotonic_ns())
        file = os.fdopen(descriptor, "rb")
        with ExitStack() as undo:
            undo.callback(file.close)
            async with self._speech_of(request.session).order:
                sound = await self._in_thread(lambda: self._open(file, request.name))
                batches = marked(one(played(sound, self._executor)))
                self._put(request, Utterance(request.utterance, request.epoch, batches, steps))
            undo.pop_all()
        return SoundPlaying(UNKNOWN_LENGTH if sound.seconds is None else sound.seconds)

    def _open(self, file: BinaryIO, name: str) -> Sound:
        """Open an upload; in a thread."""
        try:
            return open_sound(file, max_seconds=self._context.settings.max_audio_seconds)
        except Unreadable as error:
            raise UnreadableSound(f"{name}: {error}") from error
        except TooLong as error:
            raise SoundTooLong(f"{name}: {error}") from error
        except SoundError as error:
            raise BrokenSound(f"{name}: {error}") from error

    async def _transcribe(self, descriptor: int) -> SoundTranscribed:
        with os.fdopen(descriptor, "rb") as file:
            sound = file.read()
        return SoundTranscribed(await self._services.transcribe(sound))

    async def _stream_pcm(self, request: StreamPcm, descriptor: int) -> Done:
        source = socket.socket(fileno=descriptor)
        with ExitStack() as undo:
            undo.callback(source.close)
            steps = UtteranceTimes(time.monotonic_ns())
            async with self._speech_of(request.session).order:
                batches = streamed(pcm(source, request.rate))
                self._put(
                    request,
                    Utterance(request.utterance, request.epoch, batches, steps, source.close),
                )
            undo.pop_all()
        return Done()

    def _batches(
        self,
        parts: AsyncGenerator[SentenceTask],
        steps: UtteranceTimes,
        trouble: Callable[[str], None],
    ) -> AsyncGenerator[ChunkBatch]:
        telling = SynthesisReport(trouble, self._metrics.first, self._metrics.failed)
        return marked(spoken(parts, steps, self._rate, telling))

    def _put(
        self, request: SayText | AnswerText | PlaySound | StreamPcm, utterance: Utterance
    ) -> None:
        """Queue it, unless it was interrupted on the way, or its session has ended."""
        speech = self._speech_of(request.session)
        if utterance.epoch == speech.session.control.epoch:
            speech.queue.put(utterance)
        else:
            utterance.free()

    def _trouble(self, session: str, utterance: int, what: AnswerNote) -> None:
        if isinstance(what, str):
            self._context.emit(ActorEvent(session, "error", utterance=utterance, detail=what))
            return
        if what.phase == "end":
            name = "unknown" if what.detail == NO_SUCH_TOOL else what.name
            self._metrics.called(name, what.outcome, what.ms / 1000)
        self._context.emit(ToolCalled(session, utterance, **what._asdict()))

    def _speech_of(self, session: str) -> SessionSpeech:
        try:
            return self._sessions[session]
        except KeyError:
            raise UnknownSession.named(session) from None

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


def _said(request: SayText, actions: frozenset[str]) -> tuple[str, list[ActionMark]]:
    """What is spoken of a text, and where in it an action stands."""
    if request.markup == "keep":
        return request.text, []
    return cleaned_of_actions(request.text, actions)


async def _each(parts: Sequence[SentenceTask]) -> AsyncGenerator[SentenceTask]:
    for part in parts:
        yield part


def _times(speech: SessionSpeech, turn: int) -> UtteranceTimes | None:
    """The times of what a person said, if they said it."""
    if speech.listener is None or speech.listener.transcriber is None:
        return None
    return speech.listener.transcriber.steps(turn)


async def _listen(listener: Listener) -> None:
    """Hear, and find words, until cancelled."""
    if listener.transcriber is None:
        await listener.run()
    else:
        await together(listener.run(), listener.transcriber.run(listener.decide))
