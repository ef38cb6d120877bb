"""How a route reaches what it works with: the service, the settings, the upload gate, and what
hides this machine's folders.

They are put into the application's state once, by `server.api.app`, and fetched here with
their types, for requests and for WebSockets. The fetchers are coroutines because FastAPI runs
plain functions in a thread. Runs in the supervisor's process; owns nothing.
"""

from typing import Annotated

from fastapi import Depends, FastAPI
from starlette.requests import HTTPConnection

from runtime.settings import Settings
from server.api.http_metrics import HttpMetrics
from server.api.multipart import UploadGate
from server.sessions.machine_paths import MachinePaths
from server.sessions.recordings import recording_folder
from server.sessions.service import SessionService


def wire(app: FastAPI, service: SessionService, settings: Settings) -> None:
    """Put what the routes need into `app`."""
    app.state.service = service
    app.state.settings = settings
    app.state.gate = UploadGate(settings.max_calls)
    app.state.listening_gate = UploadGate(settings.max_calls, "clients are being listened to")
    app.state.http_metrics = HttpMetrics()
    app.state.paths = MachinePaths(settings.cache_dir, recording_folder(settings))


async def _service(connection: HTTPConnection) -> SessionService:
    service: SessionService = connection.app.state.service
    return service


async def _settings(connection: HTTPConnection) -> Settings:
    settings: Settings = connection.app.state.settings
    return settings


async def _gate(connection: HTTPConnection) -> UploadGate:
    gate: UploadGate = connection.app.state.gate
    return gate


async def _listening_gate(connection: HTTPConnection) -> UploadGate:
    gate: UploadGate = connection.app.state.listening_gate
    return gate


async def _paths(connection: HTTPConnection) -> MachinePaths:
    return paths_of(connection)


async def _http_metrics(connection: HTTPConnection) -> HttpMetrics:
    return http_metrics_of(connection)


def http_metrics_of(connection: HTTPConnection) -> HttpMetrics:
    """For those who are no route."""
    metrics: HttpMetrics = connection.app.state.http_metrics
    return metrics


def paths_of(connection: HTTPConnection) -> MachinePaths:
    """For those who are no route."""
    paths: MachinePaths = connection.app.state.paths
    return paths


TheService = Annotated[SessionService, Depends(_service)]
TheSettings = Annotated[Settings, Depends(_settings)]
TheUploadGate = Annotated[UploadGate, Depends(_gate)]
TheListeningGate = Annotated[UploadGate, Depends(_listening_gate)]
TheHttpMetrics = Annotated[HttpMetrics, Depends(_http_metrics)]
ThePaths = Annotated[MachinePaths, Depends(_paths)]
