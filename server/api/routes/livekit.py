"""How a LiveKit agent gets its face: POST /livekit.

All of it is ringtalk's own. Runs in the supervisor's process; owns nothing.
"""

from typing import Final

from fastapi import APIRouter

from server.api.dependencies import TheService
from server.api.requests import JoinRoom
from server.api.responses import BAD_JSON, Failure, SessionBegun, SessionName

router: Final = APIRouter(tags=["outputs"])


@router.post(
    "/livekit",
    responses={
        **BAD_JSON,
        404: {"model": Failure, "description": "No background picture has this id."},
        409: {"model": Failure, "description": "The avatar's background cannot be replaced."},
        422: {
            "model": Failure,
            "description": "The room's server is not allowed (setting `output_hosts`), or the "
            "extra `livekit` is not installed; `msg` says which.",
        },
        502: {"model": Failure, "description": "The room was not joined; `msg` says why."},
        503: {"model": Failure, "description": "All sessions are taken; see Retry-After."},
    },
)
async def join(body: JoinRoom, service: TheService) -> SessionBegun:
    """Begin a session in a LiveKit room: join it with `token`, publish picture and sound, and say
    what the agent sends that the token's attribute `lk.publish_on_behalf` names. It answers once
    the tracks are published. The session ends when the agent leaves the room, with the room, or
    with `/close`."""
    name = await service.rooms.join(body.url, body.token, body.avatar or None, body.background)
    return SessionBegun(data=SessionName(sessionid=name))
