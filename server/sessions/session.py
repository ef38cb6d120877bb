"""One call as the supervisor knows it.

Runs in the supervisor; owns the call's street, the events that it waits for, and those that
its clients are told.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from runtime.control_words import Word
from runtime.supervisor import Post
from server.sessions.event_log import EventLog
from server.sessions.rings import Street
from server.sessions.state import Mood
from server.sessions.turn_timing import Turns


@dataclass
class Call:
    """state: connecting, live, quiet or ended. posts: the process of each actor.
    pending: utterances that were accepted and have not ended at the ear. held: clients were told
    that the face holds its tongue. dressing: held while what stands behind the person is changed,
    so that of two changes the later one stays."""

    street: Street
    posts: dict[str, Post]
    state: str = "connecting"
    born: float = field(default_factory=time.monotonic)
    pending: set[int] = field(default_factory=set)
    utterances: int = 0
    opened: bool = False
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    failure: str = ""
    on_tick: Callable[[int], None] = lambda tick: None
    log: EventLog = field(default_factory=EventLog)
    mood: Mood = field(default_factory=Mood)
    turns: Turns = field(default_factory=Turns)
    held: bool = False
    dressing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def id(self) -> str:
        return self.street.spec.session

    @property
    def speaking(self) -> bool:
        """Whether an utterance is being heard."""
        return self.street.control.load(Word.EAR_UTTERANCE) != 0

    def number(self) -> int:
        """The next utterance's number, from 1."""
        self.utterances += 1
        return self.utterances
