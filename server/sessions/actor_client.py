"""How messages reach the actors of a call.

In: the supervisor's posts and a call. Out: Open, Close and Flush to every actor in
the right order, requests and notices to one of them, and what egress remembers of its ticks.
Runs in the supervisor's process; owns the avatars' shapes that it has asked for.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from actors.table import TABLE
from runtime.channel import PATIENCE_SECONDS, ChannelClosed
from runtime.errors import NotReady
from runtime.layouts import Shape
from runtime.messages import (
    Answer,
    Body,
    Close,
    Describe,
    Described,
    Done,
    Flush,
    Message,
    Offer,
    Open,
    Trace,
    Traced,
    Warm,
)
from runtime.process import START_SECONDS
from runtime.supervisor import Post, Supervisor
from runtime.trace import KEPT, PAGE, ROW, Rows, rows_of
from server.sessions.session import Call

logger = logging.getLogger(__name__)
Reply = TypeVar("Reply", bound=Message)

PREPARE_SECONDS: Final = START_SECONDS
"""The first call of an avatar may have to wait until it is prepared and its engine loaded; so
may a call that goes on in a process that is back. One that hangs is found by its heartbeats."""
ROWS: Final = {row.name: row for row in TABLE}


class Switchboard:
    """Between the calls and the posts of the supervisor."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._shapes: dict[str, Shape] = {}

    async def shape(self, avatar: str) -> Shape:
        """The shape of this avatar's sessions, whose engine is loaded; raises UnknownAvatar."""
        if avatar not in self._shapes:
            process = self._supervisor.posts_of("inference")[0].reach()
            described = await process.channel.request(
                Describe(avatar), Described, actor="inference", patience=PREPARE_SECONDS
            )
            await self._warm(described.shape.engine)
            self._shapes[avatar] = described.shape
        return self._shapes[avatar]

    async def _warm(self, engine: str) -> None:
        """Load what the engine's features come from, wherever they may be worked out."""
        warming = (
            post.reach().channel.request(
                Warm(engine), Done, actor="features", patience=PREPARE_SECONDS
            )
            for post in self._supervisor.posts_of("features")
        )
        await asyncio.gather(*warming)

    def posts(self, calls: Iterable[Call]) -> dict[str, Post]:
        """For a new call: of each actor's processes the one with the fewest calls.

        Raises NotReady while one of them is being started."""
        busy = list(calls)
        chosen = {name: self._least(name, busy) for name in ROWS}
        for post in chosen.values():
            post.reach()
        return chosen

    def _least(self, actor: str, calls: Sequence[Call]) -> Post:
        posts = self._supervisor.posts_of(actor)
        return min(posts, key=lambda post: sum(call.posts[actor] is post for call in calls))

    async def open(self, call: Call, actor: str) -> None:
        """Hand the actor its ends of the call's rings."""
        grants, descriptors = call.street.grants(ROWS[actor])
        message = Open(call.street.spec, grants)
        await self.request(call, actor, message, Done, descriptors, patience=PREPARE_SECONDS)

    async def open_all(self, call: Call) -> None:
        """Open the call everywhere at once."""
        await asyncio.gather(*(self.open(call, name) for name in ROWS))
        call.opened = True

    async def answer(self, call: Call, offer: Offer) -> Answer:
        """Open egress, then the other actors while it answers the offer."""
        await self.open(call, "egress")
        opening = asyncio.gather(*(self.open(call, name) for name in ROWS if name != "egress"))
        try:
            return await self.request(call, "egress", offer, Answer)
        finally:
            await opening
            call.opened = True

    async def reopen(self, call: Call, post: Post) -> None:
        """Give a process that is back the call that went on without it."""
        for row in post.rows:
            if call.opened and call.state != "ended" and call.posts[row.name] is post:
                await self.open(call, row.name)

    async def close(self, call: Call) -> None:
        """Close the call everywhere, the last actor first; a process that is down has nothing."""
        closing = (self.request(call, name, Close(call.id), Done) for name in reversed(ROWS))
        for result in await asyncio.gather(*closing, return_exceptions=True):
            if isinstance(result, BaseException) and not isinstance(result, NotReady):
                logger.error("closing a call failed", exc_info=result)

    def flush(self, call: Call) -> None:
        """Tell every process of the call, egress first, that its epoch moved on."""
        for post in dict.fromkeys(call.posts[name] for name in reversed(ROWS)):
            if post.process is not None and post.ready:
                try:
                    post.process.channel.send(Flush(call.id))
                except ChannelClosed:
                    post.ready = False

    def notify(self, call: Call, actor: str, message: Body) -> None:
        """Tell the call's process of this actor, if it is up; nothing is answered."""
        post = call.posts[actor]
        if call.opened and post.process is not None and post.ready:
            try:
                post.process.channel.send(message, actor=actor)
            except ChannelClosed:
                post.ready = False

    async def request(
        self,
        call: Call,
        actor: str,
        message: Body,
        expect: type[Reply],
        descriptors: Sequence[int] = (),
        patience: float = PATIENCE_SECONDS,
    ) -> Reply:
        """Ask the call's process of this actor."""
        channel = call.posts[actor].reach().channel
        return await channel.request(
            message, expect, actor=actor, descriptors=descriptors, patience=patience
        )

    async def trace(self, seconds: float) -> Rows:
        """What the egress processes remember; one that is down is left out."""
        after = time.monotonic_ns() - int(seconds * 1e9)
        posts = self._supervisor.posts_of("egress")
        return rows_of(await asyncio.gather(*(_remembered(post, after) for post in posts)))


async def _remembered(post: Post, after: int) -> bytes:
    """The rows of one egress process, page by page."""
    pages: list[bytes] = []
    while len(pages) <= KEPT // PAGE:
        try:
            channel = post.reach().channel
            page = (await channel.request(Trace(after), Traced, actor="egress")).rows
        except NotReady:
            break
        pages.append(page)
        if len(page) < PAGE * ROW.itemsize:
            break
        after = int(rows_of([page])["left"][-1])
    return b"".join(pages)
