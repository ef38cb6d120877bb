"""ingest: what the face is given to say, as sound.

In: Say and Play requests from the supervisor. Out: each session's speech ring. A
request is refused before it is queued if nothing can speak it. Process: see
actors/table.py. Owns the voices, their threads, and each session's line.
"""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import BinaryIO, Final, TypeVar

from actors.ingest.line import Line, Utterance
from actors.ingest.speech import marked, played, spoken
from models.sound.decode import Sound, open_sound
from models.sound.errors import SoundError
from models.sound.errors import SoundTooLong as TooLong
from models.sound.errors import UnreadableSound as Unreadable
from models.voice.errors import VoiceError
from models.voice.sentences import sentences
from models.voice.voice import Voice
from models.voice.voices import Voices
from runtime.actor import Context, Session, unknown
from runtime.errors import (
    BrokenSound,
    CannotSpeak,
    SoundTooLong,
    TextRefused,
    UnknownSession,
    UnreadableSound,
)
from runtime.messages import Body, Done, Play, Playing, Say
from runtime.tasks import Tasks

THREADS: Final = 3
"""Synthesis of one session must not wait for the decoding of another's upload."""
UNKNOWN_LENGTH: Final = -1.0
AUTO: Final = "auto"
Result = TypeVar("Result")


class Ingest:
    """The actor: the voices, and a line of utterances for every session."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._executor = ThreadPoolExecutor(THREADS, "ingest")
        self._voices = Voices()
        self._tasks = Tasks(context)
        self._lines: dict[str, Line] = {}
        self._order: dict[str, asyncio.Lock] = {}
        self._sessions: dict[str, Session] = {}

    async def start(self) -> None:
        """Load the voices and let each thread say a word, so that the first sentence is quick."""
        await self._in_thread(self._voices.load)
        await asyncio.gather(*(self._in_thread(self._rehearse) for _ in range(THREADS)))

    def _rehearse(self) -> None:
        for _ in marked(spoken(self._cast("Hello, how are you?", None), 1.0)):
            pass

    async def open(self, session: Session) -> None:
        settings = self._context.settings
        line = Line(session, self._executor, settings.max_queue, self._context.emit)
        self._lines[session.id] = line
        self._order[session.id] = asyncio.Lock()
        self._sessions[session.id] = session
        self._tasks.begin(session.id, line.run())

    async def close(self, session: str) -> None:
        await self._tasks.end(session)
        for held in (self._lines, self._order, self._sessions):
            held.pop(session, None)

    def flush(self, session: str) -> None:
        self._lines[session].flush()

    async def handle(self, request: Body, descriptors: list[int]) -> Body:
        match request:
            case Say():
                return await self._say(request)
            case Play():
                return await self._play(request, descriptors[0])
            case _:
                raise unknown(request, "ingest")

    async def stop(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _say(self, request: Say) -> Done:
        taken = time.monotonic_ns()
        wanted = None if request.voice in ("", AUTO) else request.voice
        async with self._lock(request.session):
            parts = await self._in_thread(lambda: self._cast(request.text, wanted))
            chunks = marked(spoken(parts, request.speed))
            self._put(request.session, Utterance(request.utterance, request.epoch, taken, chunks))
        return Done()

    def _cast(self, text: str, wanted: str | None) -> Sequence[tuple[Voice, str]]:
        """Give every sentence its voice; in a thread."""
        try:
            parts = [(self._voices.choose(one, wanted), one) for one in sentences(text)]
        except VoiceError as error:
            raise CannotSpeak(str(error)) from error
        if not parts:
            raise TextRefused("there is nothing to speak in this text: it has no letter or digit")
        return parts

    async def _play(self, request: Play, descriptor: int) -> Playing:
        """The file is closed with the last reference to its sound, at once if it is refused."""
        taken = time.monotonic_ns()
        file = os.fdopen(descriptor, "rb")
        with ExitStack() as undo:
            undo.callback(file.close)
            async with self._lock(request.session):
                sound = await self._in_thread(lambda: self._open(file, request.name))
                chunks = marked(played(sound))
                utterance = Utterance(request.utterance, request.epoch, taken, chunks)
                self._put(request.session, utterance)
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

    def _put(self, session: str, utterance: Utterance) -> None:
        """Queue it, unless it was interrupted on the way, or its call has ended."""
        if session not in self._sessions:
            raise UnknownSession.named(session)
        if utterance.epoch == self._sessions[session].control.epoch:
            self._lines[session].put(utterance)

    def _lock(self, session: str) -> asyncio.Lock:
        """Held while a request is prepared, so that requests keep their order."""
        try:
            return self._order[session]
        except KeyError:
            raise UnknownSession.named(session) from None

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
