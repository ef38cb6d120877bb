"""Whether a server works, as an exit status."""

import asyncio
import socket
from pathlib import Path

import pytest
import uvloop
from typer.testing import CliRunner, Result

from runtime.settings import Settings
from server.cli.health import own_url
from server.cli.main import app
from tests.server.service_recorder import Recorder, running


def asked(service: Recorder) -> Result:
    """The command's result beside a server around `service`."""

    async def body() -> Result:
        async with running(service, Settings()) as client:
            arguments = ["health", "--url", str(client.base_url)]
            return await asyncio.to_thread(CliRunner().invoke, app, arguments)

    return uvloop.run(body())


def test_a_server_that_works() -> None:
    result = asked(Recorder())
    assert (result.exit_code, result.output) == (0, "works: 1 of 12 sessions are taken\n")


def test_a_server_that_does_not_says_why() -> None:
    service = Recorder()
    service.ready = False
    result = asked(service)
    assert result.exit_code == 1
    assert "503 not ready: egress is restarting" in result.output


def test_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    result = CliRunner().invoke(app, ["health", "--url", url])
    assert result.exit_code == 1
    assert f"{url}/healthz" in result.output
    assert "is a server running there?" in result.output


def test_a_url_that_is_none() -> None:
    result = CliRunner().invoke(app, ["health", "--url", "localhost:8010"])
    assert result.exit_code == 2
    assert "such as http://localhost:8010" in result.output


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8010"),
        ("0.0.0.0", "http://127.0.0.1:8010"),
        ("::", "http://[::1]:8010"),
        ("avatar.example", "http://avatar.example:8010"),
    ],
)
def test_where_a_server_is_asked_from_its_own_machine(host: str, url: str) -> None:
    assert own_url(Settings(host=host)) == url


def test_a_server_with_a_certificate_is_asked_by_https() -> None:
    settings = Settings(tls_cert=Path("cert.pem"))
    assert own_url(settings) == "https://127.0.0.1:8010"
