"""ingest: what the face is given to say, as sound, and what the person says.

In: Say, Chat, Play and Pour requests from the supervisor, and each session's mic ring. Out:
each session's speech ring, with cues and events. A request is refused before it is queued if
nothing can speak it. Process: see actors/table.py. Owns the voices and their threads, the
clients of the language model and of transcription, and each session's line.
"""

import asyncio
import os
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Final, TypeVar

from actors.ingest.conversation import Conversation, Turn
from actors.ingest.dialogue_services import Mind
from actors.ingest.listener import Listener
from actors.ingest.metrics import Gauges
from actors.ingest.pcm_reader import pcm
from actors.ingest.sentence_synthesis import Part, Telling, spoken
from actors.ingest.speaking_rate import Pace
from actors.ingest.speech_frames import marked, one, played, poured
from actors.ingest.speech_queue import Line
from actors.ingest.utterance import Steps, Utterance
from actors.ingest.voice_registry import Speakers
from data.services import Manner
from models.service_error import ServiceError
from models.sound.decode import Sound, open_sound
from models.sound.errors import SoundError
from models.sound.errors import SoundTooLong as TooLong
from models.sound.errors import UnreadableSound as Unreadable
from models.voice.errors import VoiceError
from models.voice.sentences import sentences
from runtime.actor import Context, Session, unknown
from runtime.control_words import Word
from runtime.errors import (
    BrokenSound,
    CannotSpeak,
    NotConfigured,
    SoundTooLong,
    TextRefused,
    UnknownSession,
    UnreadableSound,
)
from runtime.messages import Body, Chat, Done, Event, Play, Playing, Pour, Say
from runtime.tasks import Tasks

THREADS: Final = 3
"""Synthesis of one session must not wait for the decoding of another's upload."""
UNKNOWN_LENGTH: Final = -1.0
Result = TypeVar("Result")


@dataclass(frozen=True)
class Desk:
    """What ingest keeps of a session. order: held while a request is prepared, so that
    requests keep their order."""

    session: Session
    line: Line
    order: asyncio.Lock
    conversation: Conversation | None
    listener: Listener | None


class Ingest:
    """The actor: the voices, and a desk for every session."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._executor = ThreadPoolExecutor(THREADS, "ingest")
        self._speakers = Speakers(context.settings, self._executor)
        self._gauges = Gauges(context.registry)
        self._mind = Mind(context.settings, self._gauges)
        self._pace = Pace()
        self._tasks = Tasks(context)
        self._ears = Tasks(context)
        self._desks: dict[str, Desk] = {}

    async def start(self) -> None:
        """Load the voices and let each thread say a word, so that the first sentence is quick.

        Raises NotConfigured when something that the settings name cannot be had."""
        try:
            await asyncio.gather(self._in_thread(self._speakers.load), self._mind.load())
        except (ServiceError, ValueError) as error:
            raise NotConfigured(str(error)) from error
        await asyncio.gather(*(self._rehearse() for _ in range(THREADS)))

    async def _rehearse(self) -> None:
        parts = await self._in_thread(lambda: self._cast("Hello, how are you?", Manner()))
        async for _ in self._batches(_each(parts), Steps(0), lambda trouble: None):
            pass

    async def open(self, session: Session) -> None:
        line = Line(session, self._context.settings.max_queue, self._context.emit)
        trouble = partial(self._trouble, session.id)
        desk = Desk(
            session,
            line,
            asyncio.Lock(),
            self._mind.conversation(trouble),
            self._mind.listener(session, self._context.emit, line) if session.spec.live else None,
        )
        self._desks[session.id] = desk
        self._tasks.begin(session.id, line.run())
        if desk.listener is not None:
            self._ears.begin(session.id, _listen(desk.listener))

    async def close(self, session: str) -> None:
        self._desks.pop(session, None)
        await self._ears.end(session)
        await self._tasks.end(session)

    def flush(self, session: str) -> None:
        desk = self._desks[session]
        control = desk.session.control
        if desk.conversation is not None:
            heard = control.load(Word.HEARD_UTTERANCE), control.load(Word.HEARD_FRAME)
            desk.conversation.interrupted(*heard)
        desk.line.flush()
        if desk.listener is not None:
            desk.listener.flush()

    async def handle(self, request: Body, descriptors: list[int]) -> Body:
        match request:
            case Say():
                return await self._say(request)
            case Chat():
                return await self._chat(request)
            case Play():
                return await self._play(request, descriptors[0])
            case Pour():
                return await self._pour(request, descriptors[0])
            case _:
                raise unknown(request, "ingest")

    async def stop(self) -> None:
        await asyncio.gather(self._speakers.close(), self._mind.close())
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _say(self, request: Say) -> Done:
        steps = Steps(time.monotonic_ns())
        async with self._desk(request.session).order:
            parts = await self._in_thread(lambda: self._cast(request.text, request.manner))
            trouble = partial(self._trouble, request.session, request.utterance)
            batches = self._batches(_each(parts), steps, trouble)
            self._put(request, Utterance(request.utterance, request.epoch, batches, steps))
        return Done()

    async def _chat(self, request: Chat) -> Done:
        desk = self._desk(request.session)
        if desk.conversation is None:
            raise NotConfigured("type 'chat' needs a language model: set llm.url and llm.model")
        steps = _times(desk, request.turn) or Steps(time.monotonic_ns())
        async with desk.order:
            turn = desk.conversation.begin(request.utterance, request.text)
            parts = self._answer(desk.conversation, turn, steps, request.manner)
            trouble = partial(self._trouble, request.session, request.utterance)
            batches = self._batches(parts, steps, trouble)
            utterance = Utterance(
                request.utterance, request.epoch, batches, steps, captions=turn.captions
            )
            self._put(request, utterance)
        return Done()

    async def _answer(
        self, conversation: Conversation, turn: Turn, steps: Steps, manner: Manner
    ) -> AsyncGenerator[Part]:
        """The sentences of the answer with their voices; one that nobody can speak is told."""
        async with aclosing(conversation.answer(turn, steps)) as answer:
            async for sentence in answer:
                try:
                    choices = self._speakers.choices(sentence, manner)
                except VoiceError as error:
                    conversation.trouble(turn.utterance, str(error))
                    continue
                yield Part(sentence, choices)

    def _cast(self, text: str, manner: Manner) -> Sequence[Part]:
        """Give every sentence its voices; in a thread."""
        try:
            parts = [Part(text, self._speakers.choices(text, manner)) for text in sentences(text)]
        except VoiceError as error:
            raise CannotSpeak(str(error)) from error
        if not parts:
            raise TextRefused("there is nothing to speak in this text: it has no letter or digit")
        return parts

    async def _play(self, request: Play, descriptor: int) -> Playing:
        """The file is closed with the last reference to its sound, at once if it is refused."""
        steps = Steps(time.monotonic_ns())
        file = os.fdopen(descriptor, "rb")
        with ExitStack() as undo:
            undo.callback(file.close)
            async with self._desk(request.session).order:
                sound = await self._in_thread(lambda: self._open(file, request.name))
                batches = marked(one(played(sound, self._executor)))
                self._put(request, Utterance(request.utterance, request.epoch, batches, steps))
            undo.pop_all()
        return Playing(UNKNOWN_LENGTH if sound.seconds is None else sound.seconds)

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

    async def _pour(self, request: Pour, descriptor: int) -> Done:
        source = socket.socket(fileno=descriptor)
        with ExitStack() as undo:
            undo.callback(source.close)
            steps = Steps(time.monotonic_ns())
            async with self._desk(request.session).order:
                batches = poured(pcm(source, request.rate))
                self._put(
                    request,
                    Utterance(request.utterance, request.epoch, batches, steps, source.close),
                )
            undo.pop_all()
        return Done()

    def _batches(self, parts: AsyncIterator[Part], steps: Steps, trouble: Callable[[str], None]):  # type: ignore[no-untyped-def]
        telling = Telling(trouble, self._gauges.first, self._gauges.failed)
        return marked(spoken(parts, steps, self._pace, telling))

    def _put(self, request: Say | Chat | Play | Pour, utterance: Utterance) -> None:
        """Queue it, unless it was interrupted on the way, or its call has ended."""
        desk = self._desk(request.session)
        if utterance.epoch == desk.session.control.epoch:
            desk.line.put(utterance)
        else:
            utterance.free()

    def _trouble(self, session: str, utterance: int, what: str) -> None:
        self._context.emit(Event(session, "error", utterance=utterance, detail=what))

    def _desk(self, session: str) -> Desk:
        try:
            return self._desks[session]
        except KeyError:
            raise UnknownSession.named(session) from None

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


async def _each(parts: Sequence[Part]) -> AsyncGenerator[Part]:
    for part in parts:
        yield part


def _times(desk: Desk, turn: int) -> Steps | None:
    """The times of what a person said, if they said it."""
    if desk.listener is None or desk.listener.notes is None:
        return None
    return desk.listener.notes.steps(turn)


async def _listen(listener: Listener) -> None:
    """Hear, and find words, until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(listener.run())
        if listener.notes is not None:
            group.create_task(listener.notes.run(listener.decide))
