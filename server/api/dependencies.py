"""How a route reaches what it works with: the house, the settings, the upload gate.

They are put into the application's state once, by `server.api.app`, and fetched here with
their types, for requests and for WebSockets. The fetchers are coroutines because FastAPI runs
plain functions in a thread. Runs in the supervisor's process; owns nothing.
"""

from typing import Annotated

from fastapi import Depends, FastAPI
from starlette.requests import HTTPConnection

from runtime.settings import Settings
from server.api.multipart import Gate
from server.sessions.service import House


def wire(app: FastAPI, house: House, settings: Settings) -> None:
    """Put what the routes need into `app`."""
    app.state.house = house
    app.state.settings = settings
    app.state.gate = Gate(settings.max_calls)


async def _house(connection: HTTPConnection) -> House:
    house: House = connection.app.state.house
    return house


async def _settings(connection: HTTPConnection) -> Settings:
    settings: Settings = connection.app.state.settings
    return settings


async def _gate(connection: HTTPConnection) -> Gate:
    gate: Gate = connection.app.state.gate
    return gate


TheHouse = Annotated[House, Depends(_house)]
TheSettings = Annotated[Settings, Depends(_settings)]
TheGate = Annotated[Gate, Depends(_gate)]
