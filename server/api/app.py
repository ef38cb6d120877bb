"""The application: routes, checks and the page around one service.

In: a `SessionService` and the `Settings`. Out: a FastAPI application; who serves it starts and
stops the service. Runs in the supervisor's process, which owns both; media passes elsewhere.
"""

from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from runtime.settings import Settings
from server.api import errors
from server.api.cross_origin import CrossOrigin
from server.api.dependencies import wire
from server.api.documents import add_documents
from server.api.forwarded import Forwarded
from server.api.guard import FORMS, WHEP_PATH, Guard
from server.api.head_requests import HeadRequests
from server.api.http_metrics import CountRequests
from server.api.livetalking import LiveTalkingStatus
from server.api.page_files import PageFiles
from server.api.refusal_log import RefusalLog
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
    livekit,
    operations,
    outputs,
    recordings,
    session,
    speech,
    tokens,
    trace,
    websocket,
    whep,
)
from server.api.safety.access import Access
from server.api.safety.access_control import AccessControl
from server.api.safety.scopes import ScopeTable
from server.sessions.service import SessionService

API_VERSION: Final = "1"

_ABOUT: Final = (
    "A real-time digital human: text or sound in, a talking face out over WebRTC. "
    'JSON answers are `{"code": 0, "msg": "ok", "data": …}`; failures have `code` -1, '
    "a `msg` that names what was wrong and what is allowed, and the matching HTTP status."
)

ROUTERS: Final = tuple(
    module.router
    for module in (
        *(session, appearance, avatars, avatar_tasks, actions, operations, speech, recordings),
        *(tokens, whep, outputs, livekit, events, websocket, asr, admin, health, config, trace),
    )
)


def create_api(*, lenient: bool = False) -> FastAPI:
    """The routes, their documentation and their errors, with no service behind them yet.

    lenient: /human takes what LiveTalking's takes."""
    app = FastAPI(
        title="ringtalk",
        version=API_VERSION,
        description=_ABOUT,
        servers=[{"url": "."}],
        docs_url=None,
        redoc_url=None,
    )
    add_documents(app)
    for router in (*([lenient_human.router] if lenient else []), *ROUTERS):
        app.include_router(router)
    errors.install(app)
    return app


def create_app(service: SessionService, settings: Settings) -> FastAPI:
    """The whole application around `service`.

    The middleware added last runs first: counting, what proxies say, CORS, statuses, errors, keys,
    the guard.
    """
    app = create_api(lenient=settings.livetalking_status)
    wire(app, service, settings)
    access = app.state.access = AccessControl(settings)
    table = ScopeTable(route for router in ROUTERS for route in router.routes)
    app.router.default = PageFiles(settings.pages, settings.frame_ancestors)
    app.add_middleware(HeadRequests, table=table)
    app.add_middleware(Guard, settings=settings, takes_json=_json_paths())
    app.add_middleware(Access, control=access, table=table)
    app.add_middleware(errors.CatchAll)
    app.add_middleware(RefusalLog)
    if settings.livetalking_status:
        app.add_middleware(LiveTalkingStatus)
    app.add_middleware(CrossOrigin, settings=settings, tokens=access.tokens)
    app.add_middleware(Forwarded, settings=settings)
    app.add_middleware(CountRequests, metrics=app.state.http_metrics)
    return app


def _json_paths() -> list[str]:
    """The paths of the routes whose POST takes JSON."""
    routes = (route for router in ROUTERS for route in router.routes)
    return [
        route.path
        for route in routes
        if isinstance(route, APIRoute)
        and "POST" in (route.methods or ())
        and route.path not in (*FORMS, WHEP_PATH)
    ]
