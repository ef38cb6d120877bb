"""How a session begins and ends: /offer and /close.

`/offer` answers with LiveTalking's plain {sdp, type, sessionid}, no envelope. `/close`
is ringtalk's own; pages send it with navigator.sendBeacon as they unload.
Runs in the supervisor's process; owns nothing.
"""

from typing import Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from server.api.dependencies import TheService
from server.api.guard import is_foreign
from server.api.requests import Of, Offer
from server.api.responses import BAD_JSON, NO_SESSION, Failure, Ok
from server.api.safety.visitors import TheCaller, shown_avatar

router: Final = APIRouter(tags=["call"])


class Answered(BaseModel):
    """The WebRTC answer."""

    sdp: str = Field(description="The answer's SDP, with the server's ICE candidates.")
    type: str = Field(description="Always `answer`.")
    sessionid: str = Field(
        description="The session, for every other request: 16 digits, as text or as a number."
    )
    msg: str | None = Field(
        default=None, description="What of `refaudio` the voice cannot use; not there if nothing."
    )


@router.post(
    "/offer",
    response_model_exclude_none=True,
    responses={
        **BAD_JSON,
        403: {
            "model": Failure,
            "description": "No mark is wanted, where every picture has one.",
        },
        400: {"model": Failure, "description": "The body is no JSON, or the SDP no usable offer."},
        404: {"model": Failure, "description": "No background picture has this id."},
        409: {"model": Failure, "description": "The avatar's background cannot be replaced."},
        503: {"model": Failure, "description": "All sessions are taken; see Retry-After."},
    },
)
async def offer(body: Offer, request: Request, service: TheService, caller: TheCaller) -> Answered:
    """Begin a session: answer a WebRTC offer."""
    answer = await service.sessions.open(
        body.sdp,
        body.type,
        shown_avatar(caller, body.avatar or None),
        body.background,
        body.resume,
        body.custom_config,
        body.style(),
        body.mark_wish(caller.is_token or is_foreign(request.headers)),
        body.matte == "packed",
    )
    msg = "; ".join(answer.notes) or None
    return Answered(sdp=answer.sdp, type=answer.type, sessionid=answer.sessionid, msg=msg)


@router.post("/close", responses={**BAD_JSON, **NO_SESSION})
async def close(body: Of, service: TheService) -> Ok:
    """End a session and free all that it holds."""
    await service.sessions.close(body.sessionid)
    return Ok()
