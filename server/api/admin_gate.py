"""Who may see every session: the setting `admin`. Where there are keys, they decide (`operate`).

A dependency of the routes that name sessions. Runs in the supervisor's process; owns nothing.
"""

from typing import Any, Final

from fastapi import Depends
from starlette.exceptions import HTTPException

from server.api.dependencies import TheSettings
from server.api.responses import Failure
from server.sessions.loopback import is_loopback


async def _check_open(settings: TheSettings) -> None:
    here = (is_loopback(settings.host) and not settings.allowed_hosts) or settings.api_keys
    if settings.admin == "off" or (settings.admin == "auto" and not here):
        raise HTTPException(
            403,
            "this is closed here, since it names every session: the setting "
            'admin = "on" opens it to whoever reaches this server',
        )


AdminOnly: Final = Depends(_check_open)
"""For every route of an operator: refuses (403) where the setting `admin` does not allow it."""
CLOSED: Final[dict[int | str, dict[str, Any]]] = {
    403: {"model": Failure, "description": "The setting `admin` does not allow it."}
}
