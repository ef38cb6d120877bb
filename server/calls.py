"""The house: calls, and the actors that serve them.

In: what the HTTP API asks (server.house.House). Out: control messages to the
actors, and one atomic increment for an interrupt. No media passes through here.
Runs in the supervisor's process, on its loop; owns the actor processes and every
call's street.
"""

import asyncio
import logging
import os
import secrets
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from actors.table import TABLE
from runtime.channel import ChannelClosed
from runtime.errors import AtCapacity, NotReady, RingtalkError, UnknownSession
from runtime.layouts import Shape
from runtime.messages import (
    ActorSettings,
    Body,
    Close,
    Describe,
    Described,
    Done,
    Event,
    Flush,
    Ice,
    Message,
    Offer,
    Open,
    Play,
    Playing,
    Say,
    Spec,
    Trace,
    Traced,
)
from runtime.messages import Answer as Answered
from runtime.settings import Settings
from runtime.supervisor import Placement, Post, Supervisor
from runtime.trace import KEPT, PAGE, ROW, Rows, rows_of
from server.call import Call
from server.gauges import Gauges
from server.house import ActorHealth, Answer, Health, SessionInfo, SoundAccepted
from server.street import Street

logger = logging.getLogger(__name__)
Reply = TypeVar("Reply", bound=Message)

SHARED_UP_TO: Final = 4
"""Cores up to which `placement = auto` lets actors share processes."""
RETRY_SECONDS: Final = 5
PREPARE_SECONDS: Final = 60.0
CLOSE_SECONDS: Final = 5.0
NEWS: Final = {"connected": "live", "disconnected": "quiet"}


class Calls:
    """Implements server.house.House."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._calls: dict[str, Call] = {}
        self._shapes: dict[str, Shape] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._quiet = asyncio.Event()
        self._accepting = False
        self._gauges = Gauges()
        placement = _placement(settings)
        self._supervisor = Supervisor(
            TABLE,
            placement,
            _actor_settings(settings),
            copies=_copies(placement),
            on_event=self._heard,
            on_up=self._restore,
            on_down=self._lost,
        )

    async def start(self) -> None:
        """Bring every actor up; returns when a call can begin."""
        await self._supervisor.start()
        await self._shape(self._settings.avatar)
        self._accepting = True

    async def stop(self) -> None:
        """Let calls finish speaking (setting drain_seconds), then end everything."""
        self._accepting = False
        try:
            async with asyncio.timeout(self._settings.drain_seconds):
                while any(call.pending for call in self._calls.values()):
                    self._quiet.clear()
                    await self._quiet.wait()
        except TimeoutError:
            logger.warning("calls were still speaking when the time to drain was over")
        await asyncio.gather(*(self.close(call) for call in list(self._calls)))
        await asyncio.gather(*self._closing)
        await self._supervisor.stop(CLOSE_SECONDS)

    async def open(self, sdp: str, type: str, avatar: str | None) -> Answer:
        """Answer an offer; when that fails, nothing of the call is left."""
        call = await self._begin(avatar, record="")
        try:
            answer = await self._answer(call, Offer(call.id, sdp, type))
        except BaseException:
            await self._end(call)
            raise
        return Answer(answer.sdp, answer.type, call.id)

    async def record(self, output: Path) -> Call:
        """A call without a peer: as fast as the machine can, into an MP4 file."""
        call = await self._begin(None, record=_absolute(output))
        try:
            await self._open_all(call)
        except BaseException:
            await self._end(call)
            raise
        return call

    async def close(self, sessionid: str) -> None:
        """End a call."""
        await self._end(self._find(sessionid))

    async def say(
        self, sessionid: str, text: str, *, voice: str | None, speed: float, interrupt: bool
    ) -> None:
        """Queue a text; its epoch is the one of this very moment."""
        call = self._find(sessionid)
        if interrupt:
            self.interrupt(sessionid)
        number = call.number()
        message = Say(
            call.id,
            call.street.control.epoch,
            number,
            text,
            voice or self._settings.voice,
            speed,
        )
        await self._utter(call, number, self._request(call, "ingest", message, Done))

    async def say_sound(
        self, sessionid: str, sound: int, name: str, *, interrupt: bool
    ) -> SoundAccepted:
        """Queue a recording; the descriptor is passed on and closed here."""
        try:
            call = self._find(sessionid)
            if interrupt:
                self.interrupt(sessionid)
            number = call.number()
            message = Play(call.id, call.street.control.epoch, number, name)
            request = self._request(call, "ingest", message, Playing, [sound])
            playing = await self._utter(call, number, request)
        finally:
            os.close(sound)
        return SoundAccepted(playing.seconds if playing.seconds >= 0 else None)

    def interrupt(self, sessionid: str) -> None:
        """One atomic increment; the actors are told to stop their work, the last first."""
        call = self._find(sessionid)
        call.street.control.advance()
        call.pending.clear()
        self._quiet.set()
        for row in reversed(TABLE):
            self._tell(call.posts[row.name], Flush(call.id))

    def is_speaking(self, sessionid: str) -> bool:
        """Whether speech is being heard, from the word that egress keeps."""
        return self._find(sessionid).speaking

    def sessions(self) -> list[SessionInfo]:
        """Every call."""
        now = time.monotonic()
        return [
            SessionInfo(
                call.id, call.street.spec.avatar, call.state, call.speaking, now - call.born
            )
            for call in self._calls.values()
        ]

    def health(self) -> Health:
        """Ready when every actor is."""
        actors = {row.name: _health(self._supervisor.posts_of(row.name)[0]) for row in TABLE}
        ready = self._accepting and all(post.ready for post in self._supervisor.posts)
        return Health(ready, actors, len(self._calls), self._settings.max_calls)

    async def trace(self, seconds: float) -> Rows:
        """What the egress processes remember; one that is down is left out."""
        after = time.monotonic_ns() - int(seconds * 1e9)
        posts = self._supervisor.posts_of("egress")
        return rows_of(await asyncio.gather(*(_remembered(post, after) for post in posts)))

    async def metrics(self) -> bytes:
        """The rings' counters, the calls and every actor's histograms."""
        return await self._gauges.exposition(self._supervisor.posts, self._calls.values())

    # --- a call's life ------------------------------------------------------------

    async def _begin(self, avatar: str | None, *, record: str) -> Call:
        if not self._accepting:
            raise NotReady("the server is starting or stopping; try again in a second")
        name = avatar or self._settings.avatar
        shape = self._shapes.get(name) or await self._shape(name)
        if len(self._calls) >= self._settings.max_calls:  # nothing is awaited behind this
            raise AtCapacity(self._settings.max_calls, RETRY_SECONDS)
        session = secrets.token_hex(8)
        spec = Spec(session, name, shape, live=not record, record=record)
        posts = {row.name: self._least(row.name) for row in TABLE}
        for post in posts.values():
            post.reach()
        call = Call(Street(spec, self._settings.ahead_ms), posts)
        self._calls[session] = call
        return call

    async def _shape(self, avatar: str) -> Shape:
        process = self._supervisor.posts_of("inference")[0].reach()
        described = await process.channel.request(
            Describe(avatar), Described, actor="inference", patience=PREPARE_SECONDS
        )
        self._shapes[avatar] = described.shape
        return described.shape

    def _least(self, actor: str) -> Post:
        """Of the processes that run this actor, the one with the fewest calls."""
        posts = self._supervisor.posts_of(actor)
        return min(
            posts, key=lambda post: sum(c.posts[actor] is post for c in self._calls.values())
        )

    async def _open_all(self, call: Call) -> None:
        await asyncio.gather(*(self._open(call, row.name) for row in TABLE))
        call.opened = True

    async def _answer(self, call: Call, offer: Offer) -> Answered:
        """Open egress, then the other actors while it answers the offer."""
        await self._open(call, "egress")
        others = [row.name for row in TABLE if row.name != "egress"]
        opening = asyncio.gather(*(self._open(call, actor) for actor in others))
        try:
            return await self._request(call, "egress", offer, Answered)
        finally:
            await opening
            call.opened = True

    async def _open(self, call: Call, actor: str) -> None:
        row = next(row for row in TABLE if row.name == actor)
        grants, descriptors = call.street.grants(row)
        message = Open(call.street.spec, grants)
        await self._request(call, actor, message, Done, descriptors)

    async def _end(self, call: Call) -> None:
        """Close the call everywhere; safe to be asked for twice."""
        if self._calls.pop(call.id, None) is None:
            return
        call.state = "ended"
        call.failure = call.failure or "the call was ended"
        call.finished.set()
        call.pending.clear()
        self._quiet.set()
        closing = (self._request(call, row.name, Close(call.id), Done) for row in reversed(TABLE))
        for result in await asyncio.gather(*closing, return_exceptions=True):
            if isinstance(result, BaseException) and not isinstance(result, NotReady):
                logger.error("closing a call failed", exc_info=result)
        self._gauges.ended(call)
        call.street.close()

    async def _utter(self, call: Call, number: int, request: Coroutine[Any, Any, Reply]) -> Reply:
        call.pending.add(number)
        try:
            return await request
        except BaseException:
            call.pending.discard(number)
            self._quiet.set()
            raise

    # --- what the actors tell -----------------------------------------------------

    def _heard(self, post: Post, event: Event) -> None:
        call = self._calls.get(event.session)
        if call is None:
            return
        match event.kind:
            case "connected" | "disconnected":
                call.state = NEWS[event.kind]
            case "gone":
                self._later(self._end(call))
            case "progress":
                call.on_tick(event.tick)
            case "finished":
                call.finished.set()
            case "end" | "failed":
                call.pending.discard(event.utterance)
                self._quiet.set()
        if event.kind == "failed" and call.street.spec.record:
            call.failure = event.detail
            call.finished.set()

    def _lost(self, post: Post) -> None:
        """A process died: calls whose connection it held end; unfinished speech is over."""
        names = {row.name for row in post.rows}
        keeps = all(row.keeps for row in post.rows)
        for call in list(self._calls.values()):
            if not any(call.posts[name] is post for name in names):
                continue
            if call.street.spec.record:
                call.failure = f"{post.name} died in the middle of the recording"
                call.finished.set()
            elif not keeps:
                self._later(self._end(call))
            elif "ingest" in names and call.pending:
                self.interrupt(call.id)

    async def _restore(self, post: Post) -> None:
        """A process is back: give it the calls that went on without it."""
        for call in list(self._calls.values()):
            try:
                await self._reopen(call, post)
            except ChannelClosed:
                return  # it died again: its next life is told
            except RingtalkError:
                logger.exception("a call could not go on", extra={"fields": {"session": call.id}})
                self._later(self._end(call))

    async def _reopen(self, call: Call, post: Post) -> None:
        for row in post.rows:
            ended = call.id not in self._calls  # meanwhile
            if call.opened and not ended and call.posts[row.name] is post:
                await self._open(call, row.name)

    # --- helpers ------------------------------------------------------------------

    def _find(self, sessionid: str) -> Call:
        try:
            return self._calls[sessionid]
        except KeyError:
            raise UnknownSession.named(sessionid) from None

    async def _request(
        self,
        call: Call,
        actor: str,
        message: Body,
        expect: type[Reply],
        descriptors: Sequence[int] = (),
    ) -> Reply:
        channel = call.posts[actor].reach().channel
        return await channel.request(message, expect, actor=actor, descriptors=descriptors)

    def _tell(self, post: Post, message: Flush) -> None:
        """Send what needs no answer; a process that is down has nothing to cancel."""
        if post.process is not None and post.ready:
            try:
                post.process.channel.send(message)
            except ChannelClosed:
                post.ready = False

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


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


def _absolute(path: Path) -> str:
    """For egress, whose folder may be another one."""
    return str(path.absolute())


def _placement(settings: Settings) -> Placement:
    if settings.placement != "auto":
        return settings.placement
    return "shared" if (os.cpu_count() or 1) <= SHARED_UP_TO else "separate"


def _copies(placement: Placement) -> int:
    """Egress processes: one for every four cores where actors have cores of their own."""
    return 1 if placement == "shared" else max(1, (os.cpu_count() or 1) // SHARED_UP_TO)


def _actor_settings(settings: Settings) -> ActorSettings:
    return ActorSettings(
        cache_dir=str(settings.cache_dir),
        avatar=settings.avatar,
        voice=settings.voice,
        max_audio_seconds=settings.max_audio_seconds,
        max_queue=settings.max_queue,
        bitrate_kbps=settings.bitrate_kbps,
        codec=settings.codec,
        ice_servers=tuple(
            Ice(tuple(ice.urls), ice.username, ice.credential) for ice in settings.ice_servers
        ),
        log_level=settings.log_level,
        log_format=settings.log_format,
    )


def _health(post: Post) -> ActorHealth:
    pid = post.process.pid if post.process is not None else None
    return ActorHealth(pid, "ready" if post.ready else "starting", post.restarts)
