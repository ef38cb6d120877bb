"""One service behind one listening socket, from the first byte to a clean end.

In: a `SessionService`, the `Settings`. Out: an exit status: 0 after a graceful stop. Runs in the
supervisor's process, on uvloop. The first SIGTERM or SIGINT stops it gracefully: no session begins
any more, those that there are go on with all that they may ask for until `drain_seconds` are over,
actors end; the second cuts that short. SIGHUP reads keys, rates and the certificate anew. Owns the
listening socket.
"""

import asyncio
import errno
import signal
import socket
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from ssl import SSLContext
from typing import Final

import uvicorn
from fastapi import FastAPI

from runtime.settings import Settings
from server.api.app import create_app
from server.api.safety.access_control import control_of
from server.cli.certificate import tls_context
from server.cli.connection_limits import ConnectionLimits, LimitedConfig
from server.cli.http_connection import HttpConnection
from server.cli.reload import Reload
from server.cli.websocket_connection import WebSocketConnection
from server.sessions.service import SessionService

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
MESSAGE_BYTES: Final = 1 << 20
"""The largest message on a WebSocket; ten seconds of sound."""
_LAST_ANSWERS_SECONDS: Final = 5
"""What is asked when all sessions have ended has so long to be answered."""
_PING_SECONDS: Final = 30.0
"""How often a WebSocket shows whoever is between that it lives. The answer is not waited for:
it may stand in line behind sound that has to wait."""


class CannotListen(Exception):
    """The address or port cannot be had; the message says what to do."""


def listen(settings: Settings) -> socket.socket:
    """A listening socket at `host` and `port`; the caller closes it. Raises CannotListen."""
    host, port = settings.host, settings.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise CannotListen(f"host {host!r} is no address: {error.strerror}") from error
    family, _, _, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
    try:
        return socket.create_server((str(address[0]), port), family=family, backlog=128)
    except OSError as error:
        raise CannotListen(_why_not(error, host, port)) from error


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is in use by another program; choose one with --port"
    if error.errno == errno.EACCES:
        return f"port {port} may only be taken by root; choose one above 1023 with --port"
    return f"cannot listen at {host} port {port}: {error.strerror}"


def url_of(sock: socket.socket, scheme: str = "http") -> str:
    """Where a browser on this machine finds the page."""
    host, port = sock.getsockname()[:2]
    if host in ("0.0.0.0", "::", "127.0.0.1", "::1"):
        host = "localhost"
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"


class _Server(uvicorn.Server):
    """uvicorn, which tells when it is ready and leaves the signals to `serve`.

    uvicorn looks ten times a second whether it shall end; this one sleeps until it shall.
    What else its tick does, the Date header, is off (RFC 9110 6.6.1 lets a server without a
    trusted clock leave it out).
    """

    def __init__(
        self,
        config: uvicorn.Config,
        announce: Callable[[], None],
        drain: Callable[[], Awaitable[None]],
    ) -> None:
        """drain: lets the sessions end, which ends the streams and WebSockets that follow them."""
        super().__init__(config)
        self._announce = announce
        self._drain = drain
        self.draining = False
        self._told = asyncio.Event()

    def end(self) -> None:
        """Stop serving; what is under way is finished."""
        self.should_exit = True
        self._told.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._told.wait()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.draining = True
        await self._drain()
        for server in self.servers:
            server.close()
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()


async def serve(
    service: SessionService,
    settings: Settings,
    sock: socket.socket,
    announce: Callable[[str], None],
    reread: Callable[[], Settings] | None = None,
) -> int:
    """Serve until a signal; `announce` gets the URL when a session can begin. `reread` is asked
    for the settings at SIGHUP.

    Returns 0 after a graceful stop, 1 when a second signal cut it short. What
    `service.start` raises is passed on, and BadCertificate.
    """
    app = create_app(service, settings)
    context = tls_context(settings)
    url = url_of(sock, "http" if context is None else "https")
    server = _Server(_config(app, settings, context), lambda: announce(url), service.stop)
    loop = asyncio.get_running_loop()
    reload = Reload(reread or (lambda: settings), control_of(app), context)
    loop.add_signal_handler(signal.SIGHUP, reload.take)
    run = asyncio.ensure_future(_run(service, server, sock))
    asked = 0

    def stop() -> None:
        nonlocal asked
        asked += 1
        server.end()
        if asked > 1 or not server.started:
            run.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        await run
    except asyncio.CancelledError:
        if not asked:
            raise
    finally:
        for number in (*_SIGNALS, signal.SIGHUP):
            loop.remove_signal_handler(number)
    return 1 if asked > 1 else 0


async def _run(service: SessionService, server: _Server, sock: socket.socket) -> None:
    await service.start()
    try:
        await server.serve([sock])
    finally:
        if not server.draining:
            await service.stop()


def _config(app: FastAPI, settings: Settings, context: SSLContext | None) -> LimitedConfig:
    """uvicorn around `app`, which has no lifespan: `serve` starts and stops the service."""
    verbose = settings.log_level == "debug"
    return LimitedConfig(
        app,
        ConnectionLimits.of(settings),
        lifespan="off",
        log_config=None,
        log_level="debug" if verbose else "warning",
        access_log=verbose,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ssl_context_factory=None if context is None else lambda config, default: context,
        http=HttpConnection,
        ws=WebSocketConnection,
        ws_max_size=MESSAGE_BYTES,
        ws_ping_interval=_PING_SECONDS,
        ws_ping_timeout=None,
        ws_per_message_deflate=False,
        timeout_keep_alive=settings.idle_seconds,
        timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
    )
