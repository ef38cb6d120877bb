"""Actors for the supervisor's tests; they run in processes of their own."""

from runtime.actor import Context, Session, unknown
from runtime.errors import RingtalkError
from runtime.messages import Body, Event


class Quiet:
    """Does nothing."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def start(self) -> None: ...

    async def open(self, session: Session) -> None: ...

    async def close(self, session: str) -> None: ...

    def flush(self, session: str) -> None: ...

    async def handle(self, request: Body, descriptors: list[int]) -> Body:
        raise unknown(request, "quiet")

    async def stop(self) -> None: ...


class Refusing(Quiet):
    """Cannot start."""

    async def start(self) -> None:
        raise RingtalkError("no weights here")


class Talking(Quiet):
    """Tells something as it starts."""

    async def start(self) -> None:
        self.context.emit(Event("s", "connected", detail="hello"))
