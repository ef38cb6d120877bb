"""From listening to a clean end: ready, signals, draining, a port that is taken."""

import asyncio
import errno
import os
import signal
import socket
from collections.abc import Callable, Coroutine

import httpx
import pytest
import uvloop

from runtime.errors import NotReady
from runtime.settings import Settings
from server.cli.serve import CannotListen, listen, serve, url_of
from tests.server.service_recorder import Recorder

ANY = Settings(port=0)


class Served:
    """A server in the background of a test: its task and its URL."""

    def __init__(self, service: Recorder, sock: socket.socket) -> None:
        self.url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.task = asyncio.ensure_future(serve(service, ANY, sock, self.url.set_result))


def scene(act: Callable[[Recorder, Served], Coroutine[object, object, None]]) -> Recorder:
    async def body() -> Recorder:
        service = Recorder()
        with listen(ANY) as sock:
            await act(service, Served(service, sock))
        return service

    return uvloop.run(body())


def test_sigterm_drains_and_ends_with_0() -> None:
    async def act(service: Recorder, served: Served) -> None:
        url = await served.url
        service.may_stop.clear()
        signal.raise_signal(signal.SIGTERM)
        await service.stopping.wait()
        async with httpx.AsyncClient(trust_env=False, base_url=url) as client:
            offer = {"sdp": "v=0", "type": "offer"}
            service.refusal = NotReady("the server is starting or stopping")
            refused = await client.post("/offer", json=offer)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            service.refusal = None
            say = {"sessionid": "abc", "type": "echo", "text": "On."}
            assert (await client.post("/human", json=say)).status_code == 200
            assert (await client.get("/livez")).status_code == 200
        service.may_stop.set()
        assert await served.task == 0

    assert scene(act).stopped


def test_a_second_signal_cuts_the_drain_short() -> None:
    async def act(service: Recorder, served: Served) -> None:
        await served.url
        service.may_stop.clear()
        signal.raise_signal(signal.SIGINT)
        await service.stopping.wait()
        signal.raise_signal(signal.SIGINT)
        assert await served.task == 1

    assert not scene(act).stopped


def test_a_signal_while_the_house_starts_ends_it() -> None:
    async def act(service: Recorder, served: Served) -> None:
        service.may_start.clear()
        await service.started.wait()
        signal.raise_signal(signal.SIGTERM)
        assert await served.task == 0
        assert not served.url.done()

    scene(act)


def test_a_house_that_cannot_start_is_told() -> None:
    async def act(service: Recorder, served: Served) -> None:
        service.refusal = NotReady("egress died three times")
        with pytest.raises(NotReady, match="egress died"):
            await served.task
        assert not served.url.done()

    scene(act)


def test_signals_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)

    async def act(service: Recorder, served: Served) -> None:
        await served.url
        signal.raise_signal(signal.SIGTERM)
        await served.task

    scene(act)
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_port_in_use_is_told_in_one_line() -> None:
    with listen(ANY) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen) as caught:
            listen(Settings(port=port))
    assert str(caught.value) == (
        f"port {port} of 127.0.0.1 is in use by another program; choose one with --port"
    )


def test_a_host_that_is_none_of_ours() -> None:
    with pytest.raises(CannotListen, match="is no address"):
        listen(Settings(host="no such host", port=0))
    with pytest.raises(CannotListen, match=r"cannot listen at 192\.0\.2\.1 port 0"):
        listen(Settings(host="192.0.2.1", port=0))


def test_a_port_that_only_root_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **named: object) -> socket.socket:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(CannotListen, match="port 80 may only be taken by root"):
        listen(Settings(port=80))


@pytest.mark.parametrize(
    ("host", "url"), [("127.0.0.1", "localhost"), ("0.0.0.0", "localhost"), ("::1", "localhost")]
)
def test_the_url_is_one_that_a_browser_here_can_open(host: str, url: str) -> None:
    with listen(Settings(host=host, port=0)) as sock:
        assert url_of(sock) == f"http://{url}:{sock.getsockname()[1]}/"
