"""What is decided by: keys, tokens and rates, made of the settings and changed with them.

In: the settings. Out: one object for the application. Runs in the supervisor's process; owns its
parts.
"""

import time
from typing import Final

from fastapi import FastAPI
from starlette.requests import HTTPConnection

from runtime.settings import Settings
from server.api.safety.keyring import Keyring
from server.api.safety.request_limits import RequestLimits
from server.api.safety.tokens import Tokens


class AccessControl:
    """keys, tokens, limits. `replace` takes what may change while the server runs."""

    clock: Final = staticmethod(time.time)

    def __init__(self, settings: Settings) -> None:
        self.keys = Keyring(settings.api_keys)
        self.tokens = Tokens(settings.token_secret)
        self.limits = RequestLimits(settings)

    def replace(self, settings: Settings) -> None:
        """The keys and rates of these settings, from now on."""
        self.keys.replace(settings.api_keys)
        self.limits.replace(settings)


def control_of(app: FastAPI) -> AccessControl:
    """The application's."""
    control: AccessControl = app.state.access
    return control


async def the_access(connection: HTTPConnection) -> AccessControl:
    """For routes."""
    return control_of(connection.app)
