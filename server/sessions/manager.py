"""The house: calls, and the actors that serve them.

In: what the HTTP API asks (server.sessions.service.House). Out: control messages to the
actors, and one atomic increment for an interrupt. No media passes through here.
Runs in the supervisor's process, on its loop; owns the actor processes and every
call's street.
"""

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

from actors.table import TABLE
from data.services import Manner
from runtime.channel import ChannelClosed
from runtime.errors import AtCapacity, NotReady, RingtalkError, UnknownSession
from runtime.messages import Event, News, Offer, Spec
from runtime.settings import Settings
from runtime.supervisor import Post, Supervisor
from runtime.trace import Rows
from server.sessions.actor_client import Switchboard
from server.sessions.appearance import Wardrobe
from server.sessions.dialogue import FrontDesk
from server.sessions.event_log import Follower
from server.sessions.event_types import State
from server.sessions.metrics import Gauges
from server.sessions.placement import actor_settings, copies_of, placement_of
from server.sessions.rings import Street
from server.sessions.service import (
    ActorHealth,
    Answer,
    AvatarInfo,
    Health,
    SessionInfo,
    SoundAccepted,
)
from server.sessions.session import Call

logger = logging.getLogger(__name__)

RETRY_SECONDS: Final = 5
CLOSE_SECONDS: Final = 5.0
NEWS: Final = {"connected": "live", "disconnected": "quiet"}


class Calls:
    """Implements server.sessions.service.House."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._calls: dict[str, Call] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._quiet = asyncio.Event()
        self._accepting = False
        self._gauges = Gauges()
        placement = placement_of(settings)
        self._supervisor = Supervisor(
            TABLE,
            placement,
            actor_settings(settings),
            copies=copies_of(placement),
            on_event=self._heard,
            on_up=self._restore,
            on_down=self._lost,
        )
        self._switchboard = Switchboard(self._supervisor)
        self._wardrobe = Wardrobe(settings, self._switchboard)
        desk = FrontDesk(settings, self._switchboard, self._gauges, self._quiet.set, self._later)
        self._newsroom, self._speech = desk.newsroom, desk.speech

    async def start(self) -> None:
        """Bring every actor up; returns when a call can begin."""
        await self._supervisor.start()
        await self._switchboard.shape(self._settings.avatar)
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
        await asyncio.gather(*(self._end(call) for call in list(self._calls.values())))
        await asyncio.gather(*self._closing)
        await self._supervisor.stop(CLOSE_SECONDS)

    async def open(self, sdp: str, type: str, avatar: str | None, background: str = "") -> Answer:
        """Answer an offer; when that fails, nothing of the call is left."""
        call = await self._begin(avatar, background, record="")
        try:
            answer = await self._switchboard.answer(call, Offer(call.id, sdp, type))
        except BaseException:
            await self._end(call)
            raise
        self._newsroom.tell(call, State(state=call.mood.state))
        return Answer(answer.sdp, answer.type, call.id)

    async def record(self, output: Path, background: str = "") -> Call:
        """A call without a peer: as fast as the machine can, into a file; `output` is absolute."""
        call = await self._begin(None, background, record=str(output))
        try:
            await self._switchboard.open_all(call)
        except BaseException:
            await self._end(call)
            raise
        return call

    async def close(self, sessionid: str) -> None:
        """End a call."""
        await self._end(self._find(sessionid))

    async def set_background(self, sessionid: str, background: str) -> None:
        """From the next tick on."""
        await self._wardrobe.change(self._find(sessionid), background)

    async def keep_background(self, picture: bytes) -> str:
        """Its id."""
        return await self._wardrobe.keep(picture, self._calls.values())

    async def avatars(self) -> list[AvatarInfo]:
        """Everyone who can be shown."""
        return await self._wardrobe.avatars()

    async def say(self, sessionid: str, text: str, *, manner: Manner, interrupt: bool) -> None:
        """Queue a text; its epoch is the one of this very moment."""
        await self._speech.say(self._given(sessionid, interrupt), text, manner)

    async def chat(self, sessionid: str, text: str, *, manner: Manner, interrupt: bool) -> None:
        """Queue the answer to a text."""
        await self._speech.chat(self._given(sessionid, interrupt), text, manner)

    async def say_sound(
        self, sessionid: str, sound: int, name: str, *, interrupt: bool
    ) -> SoundAccepted:
        """Queue a recording; the descriptor is passed on and closed here."""
        try:
            return await self._speech.play(self._given(sessionid, interrupt), sound, name)
        finally:
            os.close(sound)

    async def pour(self, sessionid: str, rate: int) -> socket.socket:
        """Queue sound that is still to come."""
        return await self._speech.pour(self._find(sessionid), rate)

    def epoch(self, sessionid: str) -> int:
        """The number of interrupts, from the control block."""
        return self._find(sessionid).street.control.epoch

    def events(self, sessionid: str, after: int) -> Follower:
        """The call's events behind number `after`."""
        return self._find(sessionid).log.follow(after)

    def interrupt(self, sessionid: str) -> None:
        """One atomic increment; the actors are told to stop their work, the last first."""
        self._speech.interrupt(self._find(sessionid))

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
        return await self._switchboard.trace(seconds)

    async def metrics(self) -> bytes:
        """The rings' counters, the calls and every actor's histograms."""
        return await self._gauges.exposition(self._supervisor.posts, self._calls.values())

    # --- a call's life ------------------------------------------------------------

    async def _begin(self, avatar: str | None, background: str, *, record: str) -> Call:
        if not self._accepting:
            raise NotReady("the server is starting or stopping; try again in a second")
        name = avatar or self._settings.avatar
        behind = await self._wardrobe.wanted(background)
        shape = await self._switchboard.shape(name)
        if len(self._calls) >= self._settings.max_calls:  # nothing is awaited behind this
            raise AtCapacity(self._settings.max_calls, RETRY_SECONDS)
        session = secrets.token_hex(8)
        spec = Spec(session, name, shape, not record, record, behind)
        posts = self._switchboard.posts(self._calls.values())
        call = Call(Street(spec, self._settings.ahead_ms), posts)
        self._calls[session] = call
        return call

    async def _end(self, call: Call) -> None:
        """Close the call everywhere; safe to be asked for twice."""
        if self._calls.pop(call.id, None) is None:
            return
        call.state = "ended"
        call.log.close()
        call.failure = call.failure or "the call was ended"
        call.finished.set()
        call.pending.clear()
        self._quiet.set()
        await self._switchboard.close(call)
        self._gauges.ended(call)
        call.street.close()

    # --- what the actors tell -----------------------------------------------------

    def _heard(self, post: Post, news: News) -> None:
        call = self._calls.get(news.session)
        if call is None:
            return
        if isinstance(news, Event):
            self._happened(call, news)
        else:
            self._newsroom.heard(call, news)

    def _happened(self, call: Call, event: Event) -> None:
        match event.kind:
            case "connected" | "disconnected":
                call.state = NEWS[event.kind]
            case "gone":
                self._later(self._end(call))
            case "progress":
                call.on_tick(event.tick)
            case "finished":
                call.finished.set()
            case _:
                self._newsroom.heard(call, event)
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
            elif "ingest" in names:
                self._newsroom.deaf(call)
                if call.pending:
                    self._speech.interrupt(call)

    async def _restore(self, post: Post) -> None:
        """A process is back: give it the calls that went on without it."""
        for call in list(self._calls.values()):
            try:
                await self._switchboard.reopen(call, post)
            except ChannelClosed:
                return  # it died again: its next life is told
            except RingtalkError:
                logger.exception("a call could not go on", extra={"fields": {"session": call.id}})
                self._later(self._end(call))

    # --- helpers ------------------------------------------------------------------

    def _find(self, sessionid: str) -> Call:
        try:
            return self._calls[sessionid]
        except KeyError:
            raise UnknownSession.named(sessionid) from None

    def _given(self, sessionid: str, interrupt: bool) -> Call:
        """The call, silenced first if wanted."""
        call = self._find(sessionid)
        if interrupt:
            self._speech.interrupt(call)
        return call

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _health(post: Post) -> ActorHealth:
    pid = post.process.pid if post.process is not None else None
    return ActorHealth(pid, "ready" if post.ready else "starting", post.restarts)
