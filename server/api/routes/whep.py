"""Watching a running session with any WHEP player: POST /whep, and the resource that it makes.

As draft-ietf-wish-whep and RFC 9725 (WHIP), whose HTTP it shares, have it. Neither trickle ICE nor
ICE restarts are needed: this server has its candidates in its answer, and learns the player's from
its checks. A bearer token is read by nobody here. Runs in the supervisor's process; owns nothing.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from runtime import limits
from runtime.errors import BadOffer
from server.api.dependencies import TheService
from server.api.forwarded import prefix_of
from server.api.guard import WHEP_PATH
from server.api.responses import NO_SESSION, Failure, failure

router: Final = APIRouter(tags=["viewers"])

SDP: Final = "application/sdp"
RESOURCE: Final = WHEP_PATH + "/{sessionid}/{viewer}"
_OFFER: Final = {
    "requestBody": {
        "required": True,
        "content": {SDP: {"schema": {"type": "string", "description": "The offer."}}},
    }
}

Watched = Annotated[
    str,
    Query(
        max_length=limits.SESSION_ID,
        description="The session; without it the one that `transport` began.",
    ),
]
SessionPart = Annotated[str, Path(max_length=limits.SESSION_ID)]
ViewerPart = Annotated[str, Path(max_length=limits.SESSION_ID)]


@router.post(
    WHEP_PATH,
    status_code=201,
    response_class=Response,
    responses={
        **NO_SESSION,
        201: {
            "content": {SDP: {}},
            "description": "The SDP answer; `Location` is the resource to DELETE.",
        },
        400: {"model": Failure, "description": "The body is no usable SDP offer."},
        406: {"model": Failure, "description": "What is wanted is in no codec that is sent."},
        415: {"model": Failure, "description": "The body is no `application/sdp`."},
        422: {"model": Failure, "description": "A parameter is not allowed."},
        503: {"model": Failure, "description": "As many watch as may; see Retry-After."},
    },
    openapi_extra=_OFFER,
)
async def whep(request: Request, service: TheService, sessionid: Watched = "0") -> Response:
    """Watch a session: answer the SDP offer of a WHEP player, which wants sound, pictures or both.

    Pictures are coded once for all who watch, at the setting `bitrate_kbps`."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != SDP:
        msg = f"Content-Type is {given!r}; allowed: {SDP}"
        return failure(415, msg, {"Accept-Post": SDP})
    try:
        sdp = (await request.body()).decode()
    except UnicodeDecodeError as error:
        raise BadOffer(f"the offer is no UTF-8: byte {error.start}") from error
    answer = await service.distribution.watch(sessionid, sdp)
    location = f"{prefix_of(request.scope)}{WHEP_PATH}/{sessionid}/{answer.viewer}"
    return Response(answer.sdp, 201, {"Location": location}, SDP)


@router.delete(
    RESOURCE,
    response_class=Response,
    responses={
        200: {"description": "They watch no more."},
        404: {"model": Failure, "description": "Nobody with this id watches (any more)."},
        422: {"model": Failure, "description": "An id is too long."},
    },
)
async def leave(sessionid: SessionPart, viewer: ViewerPart, service: TheService) -> Response:
    """Cease to watch."""
    await service.distribution.unwatch(sessionid, viewer)
    return Response()


@router.options(WHEP_PATH, include_in_schema=False)
@router.options(RESOURCE, include_in_schema=False)
async def options() -> Response:
    """What a WHEP player may send (Linked Data Platform 1.0, 7.1)."""
    return Response(headers={"Accept-Post": SDP})


@router.get(WHEP_PATH, include_in_schema=False)
@router.get(RESOURCE, include_in_schema=False)
async def nothing() -> Response:
    """The draft wants success without content."""
    return Response(status_code=204)
