"""Between what the actors tell and what is done about it.

In: what the newsroom finds has to be done. Out: notices and requests to the actors, times for
the gauges. Runs in the supervisor's process; owns the newsroom and what gives calls their
speech.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from data.services import Manner
from runtime.errors import RingtalkError
from runtime.messages import Body
from runtime.settings import Settings
from server.sessions.actor_client import Switchboard
from server.sessions.event_router import Newsroom
from server.sessions.event_types import Error, TurnMs
from server.sessions.metrics import Gauges
from server.sessions.session import Call
from server.sessions.speech import Speech


class FrontDesk:
    """Implements server.sessions.event_router.Desk. quiet: less is left to be said; later: runs a task."""

    def __init__(
        self,
        settings: Settings,
        switchboard: Switchboard,
        gauges: Gauges,
        quiet: Callable[[], None],
        later: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._answers = bool(settings.llm.url)
        self._transcribes = bool(settings.asr.kind)
        self._switchboard = switchboard
        self._gauges = gauges
        self._later = later
        self.newsroom = Newsroom(self)
        self.speech = Speech(settings, switchboard, self.newsroom, quiet)

    def notify(self, call: Call, actor: str, message: Body) -> None:
        """A notice to an actor of the call."""
        self._switchboard.notify(call, actor, message)

    def over(self, call: Call, utterance: int) -> None:
        """It has ended at the ear, or will not get there."""
        self.speech.over(call, utterance)

    def barge(self, call: Call) -> None:
        """The person interrupts."""
        self.speech.interrupt(call)

    @property
    def transcribes(self) -> bool:
        """Whether a person's turn is followed by a final."""
        return self._transcribes

    def answer(self, call: Call, text: str, turn: int) -> bool:
        """What the person said is answered, where there is a language model."""
        if self._answers:
            self._later(self._answer(call, text, turn))
        return self._answers

    def timed(self, ms: TurnMs) -> None:
        """A turn took so long."""
        self._gauges.timed(ms)

    async def _answer(self, call: Call, text: str, turn: int) -> None:
        try:
            await self.speech.chat(call, text, Manner(), turn)
        except RingtalkError as error:
            self.newsroom.tell(call, Error(utterance=0, text=str(error)))
            self.newsroom.gave_up(call)
