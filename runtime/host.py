"""The process that actors live in: `python -m runtime.host FD`.

In: control messages on the socket FD, which the supervisor made. Out: replies,
events, a heartbeat. It makes the actors that Begin names, attaches each session's
rings for them, and ends when the supervisor says Stop or is gone. Owns the
socket, the sessions' rings and control blocks, and the actors.
"""

import asyncio
import gc
import importlib
import logging
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Final
from weakref import WeakValueDictionary

import uvloop
from prometheus_client import CollectorRegistry, generate_latest

from ringbuf import Control, Handles, Ring
from runtime import allocator, log
from runtime.actor import Actor, ActorSession, Context
from runtime.channel import Channel, ChannelClosed
from runtime.errors import RingtalkError, shortage
from runtime.layouts import UNINTERRUPTED, Stage, layout
from runtime.messages import (
    Begin,
    CloseSession,
    Done,
    Envelope,
    Flush,
    Heartbeat,
    MessageBody,
    MetricsRead,
    OpenSession,
    ReadMetrics,
    Ready,
    Refusal,
    Stop,
)
from runtime.ports import Inlet, Outlet

HEARTBEAT_SECONDS: Final = 1.0
logger = logging.getLogger(__name__)


class AttachedSession:
    """One actor's hold on one session: its rings and its control block."""

    def __init__(self, actor: str, message: OpenSession, descriptors: list[int]) -> None:
        """Owns the descriptors; they are closed when a ring does not fit (LayoutMismatch)."""
        stage = Stage[actor.upper()]
        left = deque(descriptors)
        self._rings: list[Ring] = []
        inlets: dict[str, Inlet] = {}
        outlets: dict[str, Outlet] = {}
        with ExitStack() as undo:
            undo.callback(_close_all, left)
            self._control = Control.attach(left.popleft())
            undo.callback(self._control.close)
            self._still = Control.attach(left.popleft())
            undo.callback(self._still.close)
            for grant in message.grants:
                control = self._still if grant.ring in UNINTERRUPTED else self._control
                handles = Handles(*(left.popleft() for _ in Handles._fields))
                ring = Ring.attach(handles, layout(grant.ring, message.spec.shape))
                undo.callback(ring.close)
                self._rings.append(ring)
                if grant.reads:
                    inlets[grant.ring] = Inlet(ring.consumer(control), stage)
                else:
                    outlets[grant.ring] = Outlet(ring.producer(control), stage)
            undo.pop_all()
        self.session = ActorSession(message.spec, self._control, inlets, outlets, message.exchanges)

    def close(self) -> None:
        """Leave the rings; the supervisor's own descriptors keep them alive."""
        for inlet in self.session.inlets.values():
            inlet.close()
        for outlet in self.session.outlets.values():
            outlet.close()
        for ring in self._rings:
            ring.close()
        self._still.close()
        self._control.close()


def _close_all(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


class Host:
    """The actors of this process and what they hold."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._actors: dict[str, Actor] = {}
        self._held: dict[tuple[str, str], AttachedSession] = {}
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._registry = CollectorRegistry()
        self._tasks: set[asyncio.Task[None]] = set()
        self.stopped = asyncio.Event()

    def run(self) -> None:
        """Begin to read the channel."""
        self._channel.open(self._receive, self.stopped.set)

    def _receive(self, envelope: Envelope, descriptors: list[int]) -> None:
        body = envelope.body
        if isinstance(body, Flush):
            for (actor, session), _ in self._held.items():
                if session == body.session:
                    self._actors[actor].flush(session)
        elif isinstance(body, Stop):
            self.stopped.set()
        else:
            task = asyncio.get_running_loop().create_task(self._answer(envelope, descriptors))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, envelope: Envelope, descriptors: list[int]) -> None:
        try:
            reply: MessageBody = await self._carry_out(envelope.actor, envelope.body, descriptors)
        except RingtalkError as error:
            reply = Refusal(type(error).__name__, str(error))
        except Exception as error:
            logger.exception("%s failed", type(envelope.body).__name__)
            whose = envelope.actor or type(envelope.body).__name__
            short = shortage(error) if isinstance(error, OSError) else None
            known = short or RingtalkError(f"{whose}: {error}")
            reply = Refusal(type(known).__name__, str(known))
        if envelope.number:
            self._reply(envelope.number, reply)

    def _reply(self, number: int, reply: MessageBody) -> None:
        try:
            self._tell(reply, number=number, reply=True)
        except (ValueError, OSError) as error:  # too large, or no memory for it
            self._tell(Refusal("RingtalkError", str(error)), number=number, reply=True)

    async def _carry_out(
        self, actor: str, body: MessageBody, descriptors: list[int]
    ) -> MessageBody:
        match body:
            case Begin():
                return await self._begin(body)
            case OpenSession():
                return await self._open(actor, body, descriptors)
            case CloseSession():
                return await self._close(actor, body.session)
            case ReadMetrics():
                return MetricsRead(generate_latest(self._registry).decode())
            case _:
                return await self._actors[actor].handle(body, descriptors)

    async def _begin(self, message: Begin) -> Ready:
        os.nice(message.nice)  # before there are threads, which inherit it
        log.set_up(message.process, message.settings.log_level, message.settings.log_format)
        context = Context(message.settings, self._registry, self._tell, self._fail)
        for hosted in message.hosted:
            module, name = hosted.target.split(":")
            make: Callable[[Context], Actor] = getattr(importlib.import_module(module), name)
            self._actors[hosted.actor] = make(context)
        await asyncio.gather(*(actor.start() for actor in self._actors.values()))
        gc.collect()
        gc.freeze()  # what is loaded now stays: no later collection walks it
        self._beat()
        return Ready()

    async def _open(self, actor: str, message: OpenSession, descriptors: list[int]) -> Done:
        async with self._turn(actor, message.spec.session):
            held = AttachedSession(actor, message, descriptors)
            self._held[actor, message.spec.session] = held
            try:
                await self._actors[actor].open(held.session)
            except BaseException:
                del self._held[actor, message.spec.session]
                held.close()
                raise
        return Done()

    async def _close(self, actor: str, session: str) -> Done:
        async with self._turn(actor, session):
            held = self._held.pop((actor, session), None)
            if held is not None:
                await self._actors[actor].close(session)
                held.close()
                if not self._held:
                    allocator.trim()  # nobody waits for it
        return Done()

    def _turn(self, actor: str, session: str) -> asyncio.Lock:
        """Held while a session opens or closes: a CloseSession that comes while an OpenSession
        takes its time must not take the rings from under it."""
        return self._turns.setdefault((actor, session), asyncio.Lock())

    def _beat(self) -> None:
        self._tell(Heartbeat(), key="heartbeat")
        if not self.stopped.is_set():
            asyncio.get_running_loop().call_later(HEARTBEAT_SECONDS, self._beat)

    def _tell(
        self, body: MessageBody, *, number: int = 0, reply: bool = False, key: str = ""
    ) -> None:
        """Send to the supervisor; when it is gone this process ends too."""
        try:
            self._channel.send(body, number=number, reply=reply, key=key)
        except ChannelClosed:
            self.stopped.set()

    def _fail(self, error: BaseException) -> None:
        logger.critical("an actor cannot go on; its process ends", exc_info=error)
        self.stopped.set()

    async def stop(self) -> None:
        """Close every session, then every actor."""
        for actor, session in list(self._held):
            await self._close(actor, session)
        for running in self._actors.values():
            await running.stop()
        self._channel.close()


_OF_THE_SUPERVISOR: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""A terminal, or systemd, sends them to all of its processes; it answers them alone, so that
sessions may go on while it drains."""


async def _main(descriptor: int) -> None:
    for number in _OF_THE_SUPERVISOR:
        signal.signal(number, signal.SIG_IGN)
    host = Host(Channel(socket.socket(fileno=descriptor)))
    host.run()
    await host.stopped.wait()
    async with asyncio.timeout(5):
        await host.stop()


if __name__ == "__main__":
    uvloop.run(_main(int(sys.argv[1])))
    os._exit(0)  # a thread that still runs a model's C code must not hold the process
