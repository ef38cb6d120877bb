"""What a session tells: GET /sse, a stream of its events.

The path and the lines are LiveTalking's; browsers' EventSource reads it (WHATWG HTML, 9.2,
server-sent events) and comes back by itself with the number of the last event it saw. Runs in
the supervisor's process; owns a place in the session's log for each stream.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from runtime import limits
from server.api.dependencies import TheService
from server.api.livetalking_events import LiveTalkingEvents
from server.api.responses import NO_SESSION, Failure
from server.sessions.event_log import Follower
from server.sessions.event_types import Event

router: Final = APIRouter(tags=["events"])

KEEP_ALIVE_SECONDS: Final = 15.0
"""After so long without an event a comment is sent, so that nobody in between hangs up."""
KEEP_ALIVE: Final = ": still here\n\n"
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

After = Annotated[
    int,
    Query(
        ge=0,
        description="Only events behind this `id`; 0: all that are kept; one that was not told "
        "yet: those to come.",
    ),
]
SessionQuery = Annotated[
    str,
    Query(
        max_length=limits.SESSION_ID,
        description="The session: `sessionid` of the answer of /offer.",
    ),
]
Style = Annotated[
    Literal["ringtalk", "livetalking"],
    Query(
        description="`livetalking`: its lines alone, that is `start` and `end` of each sentence "
        "with `text` and the request's `tts`, without ids, from now on.",
    ),
]
LastEventId = Annotated[
    int | None, Header(ge=0, description="Instead of `after`: EventSource sends it.")
]


class EventStream(StreamingResponse):
    """A stream of events."""

    media_type = "text/event-stream"


@router.get(
    "/sse",
    response_class=EventStream,
    responses={
        **NO_SESSION,
        200: {"model": Event, "description": "One event after another, until the session ends."},
        422: {"model": Failure, "description": "A parameter is missing or not allowed."},
        429: {"model": Failure, "description": "Too many follow this session already."},
    },
)
async def sse(
    sessionid: SessionQuery,
    service: TheService,
    after: After = 0,
    last_event_id: LastEventId = None,
    style: Style = "ringtalk",
) -> EventStream:
    """Follow what a session says and hears, as server-sent events; see [Events](#events)."""
    if style == "livetalking":
        return EventStream(stream_as_there(service.events.follow(sessionid, 0)), headers=HEADERS)
    follower = service.events.follow(sessionid, after if last_event_id is None else last_event_id)
    return EventStream(stream(follower), headers=HEADERS)


async def stream(follower: Follower) -> AsyncGenerator[str]:
    """The lines of the stream; ends with the session."""
    with follower:
        while True:
            try:
                async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                    lines = await follower.next()
            except TimeoutError:
                yield KEEP_ALIVE
                continue
            if not lines:
                return
            yield "".join(f"id: {line.id}\ndata: {line.text}\n\n" for line in lines)


async def stream_as_there(follower: Follower) -> AsyncGenerator[str]:
    """LiveTalking's lines for what happens from now on; ends with the session. What happened before
    is looked through, for the sentence that is being heard."""
    told, before = LiveTalkingEvents(), follower.last
    with follower:
        while lines := await follower.next():
            fresh = ((line.id > before, told.of(line.text)) for line in lines)
            yield "".join(f"data: {one}\n\n" for new, some in fresh for one in some if new)
