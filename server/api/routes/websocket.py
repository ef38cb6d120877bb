"""How a program joins a session: WS /ws, events down, sound and messages up.

Refused as any request is, before the upgrade, with the HTTP status and the envelope (ASGI's
websocket.http.response). Runs in the supervisor's process; owns nothing.
"""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, WebSocket
from pydantic import BeforeValidator

from server.api.dependencies import TheService, TheSettings
from server.api.routes.events import After, SessionQuery
from server.api.safety.visitors import TheCaller, TheTextCounter
from server.api.websocket import SessionSocket, SocketRights

router: Final = APIRouter()

PATH: Final = "/ws"


def _digits(value: object) -> object:
    """A number of the query, which is text; anything else is left for pydantic to judge."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


Rate = Annotated[
    Literal[16000, 24000, 48000],
    BeforeValidator(_digits),
    Query(description="Samples a second of the sound that the client sends."),
]


@router.websocket(PATH)
async def ws(
    websocket: WebSocket,
    service: TheService,
    settings: TheSettings,
    caller: TheCaller,
    count: TheTextCounter,
    sessionid: SessionQuery,
    rate: Rate = 24000,
    after: After = 0,
) -> None:
    """Events down; sound and messages up."""
    follower = service.events.follow(sessionid, after)
    await websocket.accept()
    rights = SocketRights(caller, count)
    await SessionSocket(websocket, service, settings, sessionid, rate, rights).run(follower)
