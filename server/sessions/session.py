"""One session as the supervisor knows it.

Runs in the supervisor; owns the session's rings, the events that it waits for, and those that
its clients are told.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from data.services import SpeechStyle
from data.staging import name_before
from runtime.control_words import ControlWord
from runtime.messages import AnswerText, AvatarAction, SayText
from runtime.supervisor import Worker
from server.sessions.action_numbers import ActionNumbers
from server.sessions.conversation_log import ConversationLog
from server.sessions.event_log import EventLog
from server.sessions.rate_limit import RateLimit
from server.sessions.rings import SessionRings
from server.sessions.session_output import SessionOutput
from server.sessions.state import DialogueState
from server.sessions.turn_timing import TurnTimer
from server.sessions.utterance_texts import UtteranceTexts

SILENCED_MAX: Final = 1000
"""Of the utterances that were interrupted the last ones: what egress tells is late by less."""
_FIRST_ID: Final = 10**15
_BEHIND_IDS: Final = 2**53
"""Up to here JavaScript's numbers are exact (ECMA-262, Number.MAX_SAFE_INTEGER)."""


def new_id() -> str:
    """A session's id, not to be guessed: 16 digits that are the same as a number, for pages made
    for LiveTalking send `parseInt(sessionid)`."""
    return str(_FIRST_ID + secrets.randbelow(_BEHIND_IDS - _FIRST_ID))


@dataclass
class Session:
    """state: connecting, live, quiet or ended. workers: the process of each actor.
    pending: utterances that were accepted and have not ended at the ear. held: clients were told
    that the face holds its tongue. answered: when its offer was. arriving: utterances that ingest
    is asked for; lost: those of them that were interrupted meanwhile; unheard: utterances
    interrupted before they began, of which nobody was told yet; silenced: those whose end is told
    with their interrupt, whatever egress had on its way. texts: those
    that were accepted and have not begun at the ear, by utterance. opened: every actor has it.
    settled: set once it is that, or has ended. broken: one of them died before that, or in the
    middle of a film. said: the words of
    utterances. style: whom it sounds like where a request does not say. changing: held while its
    avatar or background is changed, so that of two changes the later one stays, or an action of the
    avatar is asked for. resumed: the
    session it goes on with. recording: the id of the recording that is being made of it, "" if
    none. actions: those of its avatar, as they were when it began; action_numbers: LiveTalking's
    numbers of them. outputs: where it goes beside its caller, by id; viewers: how many watch it
    so. room: the output with which it ends, as its agent is there; "" for none.
    used: when something of it was last asked or told (`time.monotonic`)."""

    rings: SessionRings
    workers: dict[str, Worker]
    limit: RateLimit
    conversation: ConversationLog
    state: str = "connecting"
    born: float = field(default_factory=time.monotonic)
    pending: set[int] = field(default_factory=set)
    utterances: int = 0
    answered: float | None = None
    arriving: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    unheard: list[int] = field(default_factory=list)
    silenced: deque[int] = field(default_factory=lambda: deque(maxlen=SILENCED_MAX))
    texts: dict[int, SayText | AnswerText] = field(default_factory=dict)
    opened: bool = False
    broken: bool = False
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    failure: str = ""
    on_tick: Callable[[int], None] = lambda tick: None
    log: EventLog = field(default_factory=EventLog)
    dialogue: DialogueState = field(default_factory=DialogueState)
    turns: TurnTimer = field(default_factory=TurnTimer)
    said: UtteranceTexts = field(default_factory=UtteranceTexts)
    style: SpeechStyle = field(default_factory=SpeechStyle)
    held: bool = False
    resumed: str = ""
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    actions: tuple[AvatarAction, ...] = ()
    action_numbers: ActionNumbers = field(default_factory=ActionNumbers)
    recording: str = ""
    outputs: dict[str, SessionOutput] = field(default_factory=dict)
    viewers: int = 0
    room: str = ""
    used: float = field(default_factory=time.monotonic)
    _turned: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def id(self) -> str:
        return self.rings.spec.session

    @property
    def avatar(self) -> str:
        """Whom it shows, as clients know it: by the name from before it was removed."""
        return name_before(self.rings.spec.avatar)

    @property
    def speaking(self) -> bool:
        """Whether an utterance is being heard."""
        return self.rings.control.load(ControlWord.PLAYOUT_UTTERANCE) != 0

    @property
    def busy(self) -> bool:
        """Whether it speaks, or has something to say: from when that is accepted, pending here,
        until it was heard, by the word that egress keeps."""
        return bool(self.pending) or self.speaking

    def turned(self) -> None:
        """It shows another avatar than before, or none any more."""
        before, self._turned = self._turned, asyncio.Event()
        before.set()

    async def shows_no_more(self, avatar: str) -> None:
        """Wait until it shows another avatar than this, or has ended."""
        while self.state != "ended" and self.rings.spec.avatar == avatar:
            await self._turned.wait()

    def number(self) -> int:
        """The next utterance's number, from 1."""
        self.utterances += 1
        return self.utterances
