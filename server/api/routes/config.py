"""What the server can do, for a page that says so before anybody presses: /config.

Runs in the supervisor's process; owns nothing.
"""

import time
from typing import Final

from fastapi import APIRouter, Response

from runtime.media_network import IceAddress
from server.api.dependencies import TheSettings
from server.api.responses import Abilities, AbilitiesKnown, ClientIceServer
from server.sessions.abilities import answers_of, hears_of
from server.sessions.placement import ice_addresses

router: Final = APIRouter(tags=["watch"])


@router.get("/config", response_model_exclude_none=True)
async def config(settings: TheSettings, response: Response) -> AbilitiesKnown:
    """Who answers a person here, what is understood through a microphone, and the ICE servers."""
    response.headers["Cache-Control"] = "no-store"
    hears, servers, now = hears_of(settings), ice_addresses(settings), time.time()
    return AbilitiesKnown(
        data=Abilities(
            answers=answers_of(settings),
            hears=hears is not None,
            language=hears or "",
            ice_servers=[_told(server.signed(now)) for server in servers],
            ice_seconds=settings.turn_seconds if any(one.secret for one in servers) else 0,
            max_text=settings.max_text,
        )
    )


def _told(server: IceAddress) -> ClientIceServer:
    return ClientIceServer(
        urls=list(server.urls), username=server.username, credential=server.credential
    )
