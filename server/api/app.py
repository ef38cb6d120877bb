"""The application: routes, checks and the page around one service.

In: a `SessionService` and the `Settings`. Out: a FastAPI application; who serves it starts and
stops the service. Runs in the supervisor's process, which owns both; media passes elsewhere.
"""

from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from runtime.settings import Settings
from server.api import errors
from server.api.dependencies import wire
from server.api.guard import FORMS, WHEP_PATH, Guard
from server.api.http_metrics import CountRequests
from server.api.livetalking import LiveTalkingStatus
from server.api.page_files import PageFiles
from server.api.routes import (
    actions,
    admin,
    appearance,
    asr,
    avatar_tasks,
    avatars,
    config,
    events,
    health,
    lenient_human,
    operations,
    outputs,
    recordings,
    session,
    speech,
    trace,
    websocket,
    whep,
)
from server.sessions.service import SessionService

API_VERSION: Final = "1"

_ABOUT: Final = (
    "A real-time digital human: text or sound in, a talking face out over WebRTC. "
    'JSON answers are `{"code": 0, "msg": "ok", "data": …}`; failures have `code` -1, '
    "a `msg` that names what was wrong and what is allowed, and the matching HTTP status."
)
_PREFLIGHT_SECONDS: Final = 600

_ROUTERS: Final = tuple(
    module.router
    for module in (
        *(session, appearance, avatars, avatar_tasks, actions, operations, speech, recordings),
        *(whep, outputs, events, websocket, asr, admin, health, config, trace),
    )
)


def create_api(*, lenient: bool = False) -> FastAPI:
    """The routes, their documentation and their errors, with no service behind them yet.

    lenient: /human takes what LiveTalking's takes."""
    app = FastAPIOffline(
        "/docs",
        None,
        title="ringtalk",
        version=API_VERSION,
        description=_ABOUT,
    )
    for router in (*([lenient_human.router] if lenient else []), *_ROUTERS):
        app.include_router(router)
    errors.install(app)
    return app


def create_app(service: SessionService, settings: Settings) -> FastAPI:
    """The whole application around `service`.

    The middleware added last runs first: counting, CORS, then statuses, errors and the guard. Pages
    of the web may reach a server in a private network (WICG's Private Network Access), and send
    the cookies of a proxy before it, if their origin is allowed by name, not if all are.
    """
    app = create_api(lenient=settings.livetalking_status)
    wire(app, service, settings)
    app.router.default = PageFiles(settings.pages)
    app.add_middleware(Guard, settings=settings, takes_json=_json_paths())
    app.add_middleware(errors.CatchAll)
    if settings.livetalking_status:
        app.add_middleware(LiveTalkingStatus)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=["Location", "Link", "Accept-Post"],
            allow_credentials="*" not in settings.cors_origins,
            allow_private_network="*" not in settings.cors_origins,
            max_age=_PREFLIGHT_SECONDS,
        )
    app.add_middleware(CountRequests, metrics=app.state.http_metrics)
    return app


def _json_paths() -> list[str]:
    """The paths of the routes whose POST takes JSON."""
    routes = (route for router in _ROUTERS for route in router.routes)
    return [
        route.path
        for route in routes
        if isinstance(route, APIRoute)
        and "POST" in (route.methods or ())
        and route.path not in (*FORMS, WHEP_PATH)
    ]
