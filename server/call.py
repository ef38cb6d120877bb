"""One call as the supervisor knows it.

Runs in the supervisor; owns the call's street and the events that it waits for.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from runtime.supervisor import Post
from runtime.words import Word
from server.street import Street


@dataclass
class Call:
    """state: connecting, live, quiet or ended. posts: the process of each actor.
    pending: utterances that were accepted and have not ended at the ear."""

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
