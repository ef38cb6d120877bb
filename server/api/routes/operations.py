"""What an operator watches: GET /operations, one look at the service a second.

ringtalk's own. Runs in the supervisor's process; owns nothing.
"""

from collections.abc import AsyncGenerator
from contextlib import ExitStack
from typing import Final

from fastapi import APIRouter

from server.api.admin_gate import CLOSED, AdminOnly
from server.api.dependencies import TheService
from server.api.responses import Failure
from server.api.routes.events import HEADERS, EventStream
from server.sessions.operations_types import Operations
from server.sessions.service import OperationsReport

router: Final = APIRouter(tags=["watch"])


@router.get(
    "/operations",
    response_class=EventStream,
    dependencies=[AdminOnly],
    responses={
        **CLOSED,
        200: {"model": Operations, "description": "One look after another, until it stops."},
        429: {"model": Failure, "description": "Too many watch already."},
    },
)
async def operations(service: TheService) -> EventStream:
    """Watch the service as server-sent events, one look a second.

    Sessions with the way to their clients and the times of each stage, actors with their restarts.
    All who watch share one look; while nobody does, nothing is asked of the actors.
    """
    watcher = ExitStack()
    watcher.enter_context(service.operations.watching())
    return EventStream(stream(service.operations, watcher), headers=HEADERS)


async def stream(report: OperationsReport, watcher: ExitStack) -> AsyncGenerator[str]:
    """The lines of the stream; `watcher` is let go at its end."""
    with watcher:
        while True:
            yield f"data: {(await report.look()).model_dump_json()}\n\n"
            if not await report.until_next():
                return
