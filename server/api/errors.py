"""Every way a request can fail, as the envelope with its HTTP status.

In: exceptions of the routes, of FastAPI's checks and of the router. Out: responses, also to
those who ask for a WebSocket and do not have it yet. A bug, also one in an actor, becomes a 500
that carries an id; the id and the traceback are in the log, and nothing of it reaches the client,
nor does a folder of this machine. Runs in the supervisor's process; owns nothing.
"""

import logging
import secrets
from collections.abc import Sequence
from typing import Any, Final

from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.errors import RingtalkError, shortage
from runtime.settings import Settings
from server.api import livetalking
from server.api.dependencies import paths_of
from server.api.responses import Ok, failure

log = logging.getLogger(__name__)

_FAULT: Final = "fault %s in %s %r"
_BUG: Final = "internal error; the server's log has it under fault {}"
"""What is logged of a bug, and what its client is told."""


async def _refused(asker: Request | WebSocket, error: Exception) -> Response | None:
    """What the service refused, in its own words."""
    assert isinstance(error, RingtalkError)
    if error.status == 500:
        fault = secrets.token_hex(4)
        log.error(_FAULT, fault, *_line(asker.scope), exc_info=error)
        return await _answer(asker, failure(500, _BUG.format(fault)))
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    settings: Settings = asker.app.state.settings
    as_there = settings.livetalking_status and livetalking.is_route(asker.scope)
    if as_there and livetalking.is_fine(asker.scope, error):
        return await _answer(asker, JSONResponse(Ok().model_dump()))
    msg = paths_of(asker).hidden(livetalking.said(error) if as_there else str(error))
    return await _answer(asker, failure(error.status, msg, headers))


async def _broken(asker: Request | WebSocket, error: Exception) -> Response | None:
    """A system call that failed for want of something; else a bug."""
    assert isinstance(error, OSError)
    short = shortage(error)
    if short is None:
        raise error
    return await _refused(asker, short)


async def _http(asker: Request | WebSocket, error: Exception) -> Response | None:
    """404 and 405 of the router, and what the guard and the upload raise."""
    assert isinstance(error, HTTPException)
    msg = error.detail
    if error.status_code == 404 and msg == "Not Found":
        kind, path = _line(asker.scope)
        msg = f"there is no {kind} {path}; /docs lists what there is"
    if error.status_code == 400 and msg == _UNPARSED:
        msg = "the body cannot be read: JSON in UTF-8 is wanted"
    if error.status_code == 405 and error.headers is not None:
        kind, path = _line(asker.scope)
        msg = f"{path} takes {error.headers.get('Allow')}, not {kind}"
    return await _answer(asker, failure(error.status_code, msg, error.headers))


_UNPARSED: Final = "There was an error parsing the body"
"""FastAPI's words for what is neither JSON nor wrong at an offset, such as another charset."""


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """A body that is no JSON (400), or whose fields are not as documented (422)."""
    assert isinstance(error, RequestValidationError)
    problems = error.errors()
    for problem in problems:
        if problem["type"] == "json_invalid":
            at = problem["loc"][-1]
            return failure(400, f"the body is no JSON: {problem['ctx']['error']} at offset {at}")
    return failure(422, _described(problems))


async def _invalid_socket(socket: WebSocket, error: Exception) -> None:
    """Parameters of a WebSocket that are not as documented."""
    assert isinstance(error, WebSocketRequestValidationError)
    await socket.send_denial_response(failure(422, _described(error.errors())))


def _described(problems: Sequence[Any]) -> str:
    return "; ".join(_describe(tuple(p["loc"]), str(p["msg"])) for p in problems)


def _describe(loc: tuple[str | int, ...], msg: str) -> str:
    where = ".".join(str(part) for part in loc[1:])
    if not where:
        return "the body must be a JSON object, with Content-Type: application/json"
    return f"{where}: {msg[:1].lower()}{msg[1:]}"


async def _answer(asker: Request | WebSocket, response: Response) -> Response | None:
    """A request is answered by whoever asked for this; a WebSocket here, before it is one."""
    if isinstance(asker, Request):
        return response
    await asker.send_denial_response(response)
    return None


def install(app: FastAPI) -> None:
    """Register the handlers on `app`."""
    app.add_exception_handler(RingtalkError, _refused)  # type: ignore[arg-type]  # for both kinds
    app.add_exception_handler(OSError, _broken)  # type: ignore[arg-type]  # for both kinds
    app.add_exception_handler(HTTPException, _http)  # type: ignore[arg-type]  # for both kinds
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(WebSocketRequestValidationError, _invalid_socket)


class CatchAll:
    """ASGI middleware: a bug in a route is answered and logged, once, with one id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            log.info("%s %r: the client left before it had sent all", *_line(scope))
        except Exception:
            fault = secrets.token_hex(4)
            log.exception(_FAULT, fault, *_line(scope))
            msg = _BUG.format(fault)
            if not begun:
                await failure(500, msg)(scope, receive, send)
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1011, "reason": msg})


def _line(scope: Scope) -> tuple[str, str]:
    """The kind of request and its path, for people."""
    return scope.get("method", "WebSocket"), scope["path"]
