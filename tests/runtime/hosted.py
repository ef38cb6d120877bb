"""Actors for the host's tests; what happens to them they tell as events."""

import asyncio

from runtime.actor import Context, Session, unknown
from runtime.errors import QueueFull
from runtime.messages import Body, Done, Event, Say


class Teller:
    """Tells of every call; refuses what it is asked to refuse."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._go = asyncio.Event()

    def _tell(self, session: str, kind: str, detail: str = "") -> None:
        self._context.emit(Event(session, kind, detail=detail))

    async def start(self) -> None:
        self._tell("", "started")

    async def open(self, session: Session) -> None:
        if session.id == "slow":
            await self._go.wait()
        walls = [f"reads {wall}" for wall in session.inlets]
        walls += [f"writes {wall}" for wall in session.outlets]
        self._tell(session.id, "opened", ", ".join(walls))
        if session.id == "refused":
            raise QueueFull("no more of these")

    async def close(self, session: str) -> None:
        self._tell(session, "closed")

    def flush(self, session: str) -> None:
        self._tell(session, "flushed")

    async def handle(self, request: Body, descriptors: list[int]) -> Body:
        match request:
            case Say(text="refuse"):
                raise QueueFull("64 wait")
            case Say(text="break"):
                raise ZeroDivisionError("a bug")
            case Say():
                self._go.set()
                return Done()
            case _:
                raise unknown(request, "teller")

    async def stop(self) -> None:
        self._tell("", "stopped")
