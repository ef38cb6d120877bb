"""HTTPS, and what SIGHUP changes while the server runs."""

import asyncio
import logging
import signal
import ssl
from pathlib import Path

import httpx
import pytest
import uvloop
from cryptography import x509

from runtime.api_keys import ApiKey
from runtime.settings import BadSettings, Settings
from server.cli.certificate import BadCertificate, tls_context
from server.cli.serve import listen, serve
from tests.server.cli.certificates import certify
from tests.server.service_recorder import Recorder

OLD, NEW = "the-key-of-yesterday", "the-key-of-tomorrow"


def keyed(key: str, **settings: object) -> Settings:
    known = Settings(port=0, api_keys=[ApiKey(name="one", key=key)])
    return known.model_copy(update=settings)


async def status(url: str, key: str) -> int:
    """What a GET with this key is answered, over a connection of its own."""
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        answer = await client.get(f"{url}avatars", headers={"X-API-Key": key})
        return answer.status_code


async def serial(port: int) -> int:
    """The number of the certificate that a new connection is shown."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(shown).serial_number


def test_keys_and_certificate_are_read_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        cert, key = certify(tmp_path, serial=1)
        settings = keyed(OLD, tls_cert=cert, tls_key=key)
        found: list[Settings] = []

        def reread() -> Settings:
            if not found:
                raise BadSettings("prot: unknown setting")
            return found[-1]

        with listen(settings) as sock:
            port = sock.getsockname()[1]
            url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            task = asyncio.ensure_future(serve(Recorder(), settings, sock, url.set_result, reread))
            where = await url
            assert where == f"https://localhost:{port}/"
            assert [await status(where, shown) for shown in (OLD, NEW)] == [200, 401]
            assert await serial(port) == 1

            signal.raise_signal(signal.SIGHUP)
            assert await status(where, OLD) == 200
            assert "prot: unknown setting" in caplog.text

            certify(tmp_path, serial=2)
            found.append(settings.model_copy(update={"api_keys": keyed(NEW).api_keys}))
            signal.raise_signal(signal.SIGHUP)
            assert [await status(where, shown) for shown in (OLD, NEW)] == [401, 200]
            assert await serial(port) == 2

            cert.write_text("no certificate")
            found.append(settings)
            signal.raise_signal(signal.SIGHUP)
            assert [await status(where, shown) for shown in (OLD, NEW)] == [401, 200]
            assert await serial(port) == 2
            assert str(cert) in caplog.text
            assert OLD not in caplog.text + "".join(map(str, caplog.records))

            signal.raise_signal(signal.SIGTERM)
            assert await task == 0

    with caplog.at_level(logging.INFO):
        uvloop.run(story())


def test_what_is_no_certificate_is_named(tmp_path: Path) -> None:
    cert, key = certify(tmp_path, serial=1)
    with pytest.raises(BadCertificate, match="tls_key is set without tls_cert"):
        tls_context(Settings(tls_key=key))
    with pytest.raises(BadCertificate, match=r"none\.pem"):
        tls_context(Settings(tls_cert=tmp_path / "none.pem", tls_key=key))
    with pytest.raises(BadCertificate, match=r"key\.pem"):
        tls_context(Settings(tls_cert=key, tls_key=cert))
    assert tls_context(Settings()) is None
