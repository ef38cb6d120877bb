"""Actors for the host's tests; what happens to them they tell as events."""

import asyncio

from runtime.actor import ActorSession, Context, unknown
from runtime.errors import QueueFull
from runtime.messages import ActorEvent, Done, MessageBody, SayText


class Teller:
    """Tells of every session; refuses what it is asked to refuse."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._go = asyncio.Event()

    def _tell(self, session: str, kind: str, detail: str = "") -> None:
        self._context.emit(ActorEvent(session, kind, detail=detail))

    async def start(self) -> None:
        self._tell("", "started")

    async def open(self, session: ActorSession) -> None:
        if session.id == "slow":
            await self._go.wait()
        rings = [f"reads {ring}" for ring in session.inlets]
        rings += [f"writes {ring}" for ring in session.outlets]
        self._tell(session.id, "opened", ", ".join(rings))
        if session.id == "refused":
            raise QueueFull("no more of these")

    async def close(self, session: str) -> None:
        self._tell(session, "closed")

    def flush(self, session: str) -> None:
        self._tell(session, "flushed")

    async def handle(self, request: MessageBody, descriptors: list[int]) -> MessageBody:
        match request:
            case SayText(text="refuse"):
                raise QueueFull("64 wait")
            case SayText(text="break"):
                raise ZeroDivisionError("a bug")
            case SayText():
                self._go.set()
                return Done()
            case _:
                raise unknown(request, "teller")

    async def stop(self) -> None:
        self._tell("", "stopped")
