"""What a call is given to say, and its silencing.

In: texts, recordings and sockets of sound, each for one call. Out: requests to ingest, each
with the epoch of the moment in which it was made; one atomic increment for an interrupt. No
sound passes through here. Runs in the supervisor's process; owns nothing for longer than a
request.
"""

import socket
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing
from typing import Any, Final, TypeVar

from data.services import Manner
from runtime.errors import NotConfigured
from runtime.messages import Body, Chat, Done, Message, Play, Playing, Pour, Say
from runtime.settings import Settings
from server.sessions.actor_client import Switchboard
from server.sessions.event_router import Newsroom
from server.sessions.service import SoundAccepted
from server.sessions.session import Call

Reply = TypeVar("Reply", bound=Message)

NO_MODEL: Final = (
    "type 'chat' needs a language model, and none is set: give the setting llm.url the base URL "
    "of an OpenAI-compatible endpoint (RINGTALK_LLM__URL=http://localhost:11434/v1) and llm.model "
    "its model, or use 'echo'"
)


class Speech:
    """Gives calls something to say. `quiet` is called whenever less is left to be said."""

    def __init__(
        self,
        settings: Settings,
        switchboard: Switchboard,
        newsroom: Newsroom,
        quiet: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._switchboard = switchboard
        self._newsroom = newsroom
        self._quiet = quiet

    async def say(self, call: Call, text: str, manner: Manner) -> None:
        """Queue a text."""
        number = call.number()
        message = Say(call.id, call.street.control.epoch, number, text, manner)
        await self._utter(call, number, self._ask(call, message, Done))

    async def chat(self, call: Call, text: str, manner: Manner, turn: int = 0) -> None:
        """Queue the answer to a text; `turn` is the person's whose words it is."""
        if not self._settings.llm.url:
            raise NotConfigured(NO_MODEL)
        number = call.number()
        message = Chat(call.id, call.street.control.epoch, number, text, manner, turn)
        request = self._ask(call, message, Done)
        await self._utter(call, number, request, turn=turn, thinks=True)

    async def play(self, call: Call, sound: int, name: str) -> SoundAccepted:
        """Queue a recording; the descriptor is passed on, and stays the caller's."""
        number = call.number()
        message = Play(call.id, call.street.control.epoch, number, name)
        playing = await self._utter(call, number, self._ask(call, message, Playing, [sound]))
        return SoundAccepted(playing.seconds if playing.seconds >= 0 else None)

    async def pour(self, call: Call, rate: int) -> socket.socket:
        """Queue sound that is still to come: the end of a socket to write it to."""
        number = call.number()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        ours.setblocking(False)
        message = Pour(call.id, call.street.control.epoch, number, rate)
        try:
            with closing(theirs):
                request = self._ask(call, message, Done, [theirs.fileno()])
                await self._utter(call, number, request)
        except BaseException:
            ours.close()
            raise
        return ours

    def interrupt(self, call: Call) -> None:
        """One atomic increment; the actors are told to stop their work, the last first."""
        call.street.control.advance()
        call.pending.clear()
        self._quiet()
        self._switchboard.flush(call)
        self._newsroom.dropped(call)

    def over(self, call: Call, utterance: int) -> None:
        """It has ended at the ear, or will not get there."""
        call.pending.discard(utterance)
        self._quiet()

    def _ask(
        self, call: Call, message: Body, expect: type[Reply], descriptors: Sequence[int] = ()
    ) -> Coroutine[Any, Any, Reply]:
        return self._switchboard.request(call, "ingest", message, expect, descriptors)

    async def _utter(
        self,
        call: Call,
        number: int,
        request: Coroutine[Any, Any, Reply],
        *,
        turn: int = 0,
        thinks: bool = False,
    ) -> Reply:
        call.pending.add(number)
        self._newsroom.asked(call, number, turn=turn, thinks=thinks)
        try:
            return await request
        except BaseException:
            self._newsroom.refused(call, number)
            self.over(call, number)
            raise
