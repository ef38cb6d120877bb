"""Actors for the supervisor's tests; they run in processes of their own."""

from runtime.actor import ActorSession, Context, unknown
from runtime.errors import RingtalkError
from runtime.messages import ActorEvent, MessageBody


class Quiet:
    """Does nothing."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def start(self) -> None: ...

    async def open(self, session: ActorSession) -> None: ...

    async def close(self, session: str) -> None: ...

    def flush(self, session: str) -> None: ...

    async def handle(self, request: MessageBody, descriptors: list[int]) -> MessageBody:
        raise unknown(request, "quiet")

    async def stop(self) -> None: ...


class Refusing(Quiet):
    """Cannot start."""

    async def start(self) -> None:
        raise RingtalkError("no weights here")


class Talking(Quiet):
    """Tells something as it starts."""

    async def start(self) -> None:
        self.context.emit(ActorEvent("s", "connected", detail="hello"))
