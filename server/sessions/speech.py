"""What a session is given to say, and its silencing.

In: texts, recordings and sockets of sound, each for one session. Out: requests to ingest, each
with the epoch of the moment in which it was made; one atomic increment for an interrupt. No
sound passes through here. Runs in the supervisor's process; owns nothing for longer than a
request.
"""

import os
import socket
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from typing import Final, TypeVar

import msgspec

from data.hearing.bundled import resolved
from data.services import MarkupRule, SpeechStyle
from runtime.control_words import ControlWord
from runtime.errors import NO_TRANSCRIBER, NotConfigured, RingtalkError
from runtime.messages import (
    AnswerText,
    ControlMessage,
    Done,
    FitStyle,
    PlaySound,
    SayText,
    SoundPlaying,
    StreamPcm,
    StyleNotes,
)
from runtime.settings import Settings
from server.sessions.abilities import answers_of
from server.sessions.actor_client import ActorClient
from server.sessions.dialogue import Dialogue
from server.sessions.registry import SessionRegistry
from server.sessions.service import SoundAccepted, SoundStream
from server.sessions.session import Session

Reply = TypeVar("Reply", bound=ControlMessage)
Utterable = SayText | AnswerText | PlaySound | StreamPcm

NO_MODEL: Final = (
    "type 'chat' needs a language model, and none is set: give the setting llm.url the base URL "
    "of an OpenAI-compatible endpoint (RINGTALK_LLM__URL=http://localhost:11434/v1) and llm.model "
    "its model, or use 'echo' (or let the guide answer: the setting guide)"
)


class Speech:
    """Implements server.sessions.service.SpeechInput."""

    def __init__(
        self,
        settings: Settings,
        registry: SessionRegistry,
        client: ActorClient,
        dialogue: Dialogue,
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._client = client
        self._dialogue = dialogue

    async def say(
        self,
        sessionid: str,
        text: str,
        *,
        style: SpeechStyle,
        interrupt: bool,
        markup: MarkupRule = "strip",
        tts: Mapping[str, object] | None = None,
    ) -> Sequence[str]:
        """Queue a text; its epoch is the one of this very moment."""
        session = self._given(sessionid, interrupt)
        epoch, number = session.rings.control.epoch, session.number()
        style = style.over(session.style)
        session.said.asked(number, text, tts)
        message = SayText(session.id, epoch, number, text, style, markup)
        return (await self._utter(session, message, StyleNotes)).notes

    async def chat(
        self,
        sessionid: str,
        text: str,
        *,
        style: SpeechStyle,
        interrupt: bool,
        tts: Mapping[str, object] | None = None,
    ) -> Sequence[str]:
        """Queue the answer to a text."""
        return await self.answer(self._given(sessionid, interrupt), text, style, tts=tts)

    async def answer(
        self,
        session: Session,
        text: str,
        style: SpeechStyle | None = None,
        turn: int = 0,
        tts: Mapping[str, object] | None = None,
    ) -> Sequence[str]:
        """Queue the answer to a text; `turn` is the person's whose words it is."""
        if answers_of(self._settings) == "nothing":
            raise NotConfigured(NO_MODEL)
        number, epoch = session.number(), session.rings.control.epoch
        style = (style or SpeechStyle()).over(session.style)
        message = AnswerText(session.id, epoch, number, text, style, turn)
        session.conversation.asked(number, text, turn)
        session.said.asked(number, None, tts)
        try:
            queued = await self._utter(session, message, StyleNotes, turn=turn, thinks=True)
        except BaseException:
            session.conversation.forget(number)
            raise
        return queued.notes

    async def sound_like(self, session: Session, style: SpeechStyle) -> Sequence[str]:
        """From now on it sounds like this where a request does not say; what no voice here can
        use of it."""
        session.style = style
        asked = FitStyle(session.id, style)
        return (await self._client.request(session, "ingest", asked, StyleNotes)).notes

    async def say_sound(
        self, sessionid: str, sound: int, name: str, *, interrupt: bool
    ) -> SoundAccepted:
        """Queue a recording; the descriptor is passed on and closed here."""
        try:
            session = self._given(sessionid, interrupt)
            message = PlaySound(session.id, session.rings.control.epoch, session.number(), name)
            playing = await self._utter(session, message, SoundPlaying, [sound])
            return SoundAccepted(playing.seconds if playing.seconds >= 0 else None)
        finally:
            os.close(sound)

    async def play_sound(self, session: Session, sound: int, name: str) -> int:
        """Queue a recording of our own; the descriptor is passed on and closed here. Its
        utterance's number."""
        try:
            number = session.number()
            message = PlaySound(session.id, session.rings.control.epoch, number, name)
            await self._utter(session, message, SoundPlaying, [sound])
            return number
        finally:
            os.close(sound)

    async def stream(self, sessionid: str, rate: int) -> SoundStream:
        """Queue sound that is still to come: the end of a socket to write it to."""
        session = self._registry.find(sessionid)
        session.limit.take()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        ours.setblocking(False)
        number = session.number()
        message = StreamPcm(session.id, session.rings.control.epoch, number, rate)
        try:
            with closing(theirs):
                await self._utter(session, message, Done, [theirs.fileno()])
        except BaseException:
            ours.close()
            raise
        return SoundStream(number, message.epoch, ours)

    async def transcribe(self, sound: bytes) -> str:
        """Ask ingest, which has the transcriber; it is of no session."""
        if not resolved(self._settings.asr).kind:
            raise NotConfigured(NO_TRANSCRIBER)
        file = os.memfd_create("sound")
        try:
            with os.fdopen(os.dup(file), "wb") as writer:
                writer.write(sound)
            os.lseek(file, 0, os.SEEK_SET)
            return await self._client.transcribe(file)
        finally:
            os.close(file)

    def session(self, sessionid: str) -> Session:
        """Raises UnknownSession."""
        return self._registry.find(sessionid)

    def tell_trouble(self, session: Session, why: str) -> None:
        """Something that was to be said will not be: tell its clients."""
        self._dialogue.trouble(session, why)

    def epoch(self, sessionid: str) -> int:
        """The number of interrupts, from the control block."""
        return self._registry.find(sessionid).rings.control.epoch

    def is_speaking(self, sessionid: str) -> bool:
        """From when something is accepted until it was heard."""
        return self._registry.find(sessionid).busy

    def interrupt(self, sessionid: str) -> None:
        """Silence the session now."""
        session = self._registry.find(sessionid)
        session.limit.take()
        self.silence(session)

    def hold(self, sessionid: str) -> None:
        """What is said waits where it is: one word of shared memory."""
        session = self._registry.find(sessionid)
        session.limit.take()
        session.rings.control.store(ControlWord.CLIENT_HELD, 1)
        self._dialogue.hold(session)

    def resume(self, sessionid: str) -> None:
        """It goes on where it was."""
        session = self._registry.find(sessionid)
        control = session.rings.control
        control.store(ControlWord.CLIENT_HELD, 0)
        if not control.load(ControlWord.HELD):
            self._dialogue.resume(session)

    def silence(self, session: Session, but: Collection[int] = ()) -> None:
        """One atomic increment; the actors are told to stop their work, the last first.

        but: utterances that will be asked for again.

        What is being heard tells its end itself; of what had not begun it is told here."""
        control = session.rings.control
        self.stops(session)
        control.advance()
        control.store(ControlWord.CLIENT_HELD, 0)
        heard = control.load(ControlWord.PLAYOUT_UTTERANCE)
        session.lost |= session.pending & session.arriving
        unheard = sorted(session.pending - session.arriving - {heard})
        session.unheard += unheard
        session.silenced += unheard
        session.pending.clear()
        session.texts.clear()
        session.said.only({heard, *but})
        self._registry.quieter()
        self._client.flush(session)
        if not heard:
            self._dialogue.tell_unheard(session)
        self._dialogue.dropped(session)

    def stops(self, session: Session) -> None:
        """The conversation ends where the ear is."""
        control = session.rings.control
        utterance = control.load(ControlWord.HEARD_UTTERANCE)
        session.conversation.interrupted(utterance, control.load(ControlWord.HEARD_FRAME))

    def over(self, session: Session, utterance: int) -> None:
        """It has ended at the ear, or will not get there."""
        session.pending.discard(utterance)
        session.texts.pop(utterance, None)
        session.said.ended(utterance)
        self._registry.quieter()

    def begins(self, session: Session, utterance: int) -> None:
        """It begins to be heard."""
        session.texts.pop(utterance, None)

    def voice_lost(self, session: Session) -> None:
        """Who speaks and listens is gone: what was being said and heard is over. Texts that had
        not begun wait for the next life (setting keep_texts)."""
        self._dialogue.deaf(session)
        kept = dict(session.texts) if self._settings.keep_texts else {}
        if session.pending:
            session.pending -= kept.keys()
            self.silence(session, but=kept)
        session.texts = kept
        session.pending |= kept.keys()

    async def speak_again(self, session: Session) -> None:
        """Hand the texts that wait to the process that is back, in their order; what it refuses
        now is told. If it dies over it they wait on; an interrupt meanwhile ends them all."""
        if not session.texts:
            return
        epoch = session.rings.control.epoch
        for number, kept in sorted(session.texts.items()):
            if session.texts.get(number) is not kept:
                continue
            message = msgspec.structs.replace(kept, epoch=epoch)
            if isinstance(message, AnswerText):
                session.conversation.asked(number, message.text)
            self._dialogue.asked(session, number, thinks=isinstance(message, AnswerText))
            try:
                await self._client.request(session, "ingest", message, StyleNotes, restoring=True)
            except RingtalkError as error:
                if not session.workers["ingest"].ready:
                    raise
                if number in session.texts:
                    self._dialogue.fails(session, number, str(error))
                    self.over(session, number)

    def _given(self, sessionid: str, interrupt: bool) -> Session:
        """The session, silenced first if wanted; raises UnknownSession, TooManyRequests."""
        session = self._registry.find(sessionid)
        session.limit.take()
        if interrupt:
            self.silence(session)
        return session

    async def _utter(
        self,
        session: Session,
        message: Utterable,
        expect: type[Reply],
        descriptors: Sequence[int] = (),
        *,
        turn: int = 0,
        thinks: bool = False,
    ) -> Reply:
        """Ask ingest for an utterance, which is pending from now on unless it is refused."""
        number = message.utterance
        session.pending.add(number)
        session.arriving.add(number)
        self._dialogue.asked(session, number, turn=turn, thinks=thinks)
        try:
            reply = await self._client.request(session, "ingest", message, expect, descriptors)
        except BaseException:
            session.lost.discard(number)
            self._dialogue.refused(session, number)
            self.over(session, number)
            raise
        finally:
            session.arriving.discard(number)
        if number in session.lost:
            session.lost.discard(number)
            session.unheard.append(number)
            self._dialogue.tell_unheard(session)
        elif isinstance(message, SayText | AnswerText) and number in session.pending:
            session.texts[number] = message
        return reply
