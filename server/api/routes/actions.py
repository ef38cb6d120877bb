"""What a session's body does: /action, and LiveTalking's /set_audiotype.

`/action` is ringtalk's own. Runs in the supervisor's process; owns nothing.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body

from server.api.dependencies import TheService
from server.api.requests import AudioType, PlayedAction
from server.api.responses import BAD_JSON, Failure, Ok

router: Final = APIRouter(tags=["actions"])

_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    **BAD_JSON,
    404: {
        "model": Failure,
        "description": "No session has this id, or its avatar no such action; `msg` names those "
        "that there are.",
    },
    429: {"model": Failure, "description": "Too many wait, or were asked for in a while."},
    503: {"model": Failure, "description": "Not available now; `msg` says why."},
}


@router.post("/action", responses=_REFUSALS)
async def action(
    body: Annotated[PlayedAction, Body(examples=[{"sessionid": "…", "name": "nod"}])],
    service: TheService,
) -> Ok:
    """Play an action of the avatar with the next tick, silent or speaking.

    One with a sound of its own waits for its turn as speech does, and begins with its sound; an
    interrupt ends it. One whose clip has no place for a face waits until nobody speaks."""
    if body.name:
        await service.actions.play(body.sessionid, body.name, body.loop)
    else:
        await service.actions.rest(body.sessionid)
    return Ok()


@router.post("/set_audiotype", responses=_REFUSALS)
async def set_audiotype(body: AudioType, service: TheService) -> Ok:
    """Play the action of a number, as LiveTalking does; 0 and -1 end it."""
    await service.actions.play_number(body.sessionid, body.audiotype)
    return Ok()
