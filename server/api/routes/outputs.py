"""Sessions without a caller, and where sessions are sent: /sessions and /outputs.

All are ringtalk's own. Runs in the supervisor's process; owns nothing.
"""

from dataclasses import asdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query

from runtime import limits
from server.api.dependencies import TheService
from server.api.requests import NewOutput, NewSession
from server.api.responses import (
    BAD_JSON,
    NO_SESSION,
    Failure,
    Ok,
    OutputAnswer,
    OutputList,
    OutputRow,
    SessionBegun,
    SessionName,
)

router: Final = APIRouter(tags=["outputs"])

OutputId = Annotated[str, Path(max_length=limits.SESSION_ID, description="Of /outputs' list.")]
OfSession = Annotated[
    str, Query(max_length=limits.SESSION_ID, description="Only this session's; empty: all.")
]
_LATER: Final[dict[int | str, dict[str, Any]]] = {
    503: {"model": Failure, "description": "Not available now; `msg` says why."}
}


@router.post(
    "/sessions",
    responses={
        **BAD_JSON,
        404: {"model": Failure, "description": "No background picture has this id."},
        409: {"model": Failure, "description": "The avatar's background cannot be replaced."},
        503: {"model": Failure, "description": "All sessions are taken; see Retry-After."},
    },
)
async def begin(body: NewSession, service: TheService) -> SessionBegun:
    """Begin a session without a caller, for viewers (`/whep`) and outputs. It ends with `/close`,
    or when nobody has used it for a while (setting `unattended_seconds`)."""
    name = await service.sessions.begin(body.avatar or None, body.background)
    return SessionBegun(data=SessionName(sessionid=name))


@router.post(
    "/outputs",
    responses={
        **BAD_JSON,
        **NO_SESSION,
        422: {"model": Failure, "description": "Where it is to lead is not allowed, or cannot be."},
        429: {"model": Failure, "description": "The session has as many as it may."},
        **_LATER,
    },
)
async def open_output(body: NewOutput, service: TheService) -> OutputAnswer:
    """Send a session to another place too. It is tried again for as long as it breaks; what becomes
    of it is told by `output` events and by the list."""
    info = await service.distribution.open_output(body.sessionid, body.kind, body.url, body.token)
    return OutputAnswer(data=OutputRow(**asdict(info)))


@router.get("/outputs", responses=NO_SESSION)
async def outputs(service: TheService, sessionid: OfSession = "") -> OutputList:
    """Where sessions are sent, and how that goes. Keys in URLs are not shown."""
    rows = service.distribution.outputs(sessionid)
    return OutputList(data=[OutputRow(**asdict(info)) for info in rows])


@router.delete(
    "/outputs/{output}",
    responses={
        404: {"model": Failure, "description": "There is no such output (any more)."},
        422: {"model": Failure, "description": "The id is too long."},
        **_LATER,
    },
)
async def close_output(output: OutputId, service: TheService) -> Ok:
    """End an output; a file is brought to its end."""
    await service.distribution.close_output(output)
    return Ok()
