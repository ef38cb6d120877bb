"""What the server can do, for a page that says so before anybody presses: /config.

Runs in the supervisor's process; owns nothing.
"""

from typing import Final

from fastapi import APIRouter

from server.api.dependencies import TheSettings
from server.api.responses import Abilities, AbilitiesKnown
from server.sessions.abilities import answers_of, hears_of

router: Final = APIRouter(tags=["watch"])


@router.get("/config")
async def config(settings: TheSettings) -> AbilitiesKnown:
    """Who answers a person here, and what is understood through a microphone."""
    hears = hears_of(settings)
    return AbilitiesKnown(
        data=Abilities(answers=answers_of(settings), hears=hears is not None, language=hears or "")
    )
