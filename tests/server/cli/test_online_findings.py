"""Services are asked over real sockets: there, away, with a refused key, without the model."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from data.services import AsrService, LlmService, TtsService
from runtime.settings import Settings
from server.cli.finding import Finding
from server.cli.online_findings import online_findings

MODELS = json.dumps({"data": [{"id": "llama3.2"}, {"id": "qwen3"}]}).encode()
AWAY = "http://127.0.0.1:9/v1"


@contextmanager
def endpoint(
    key: str = "", status: int = 200, body: bytes = MODELS
) -> Iterator[tuple[str, list[str]]]:
    """An endpoint that lists models; its base URL, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            refused = bool(key) and self.headers.get("Authorization") != f"Bearer {key}"
            self.send_response(401 if refused else status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def voice(url: str) -> TtsService:
    return TtsService(name="own", kind="openai", url=url, key="old")


def one(settings: Settings) -> Finding:
    [found] = online_findings(settings)
    return found


def test_without_services_nothing_is_asked() -> None:
    assert online_findings(Settings()) == []


def test_a_model_that_is_there() -> None:
    with endpoint(key="k") as (url, asked):
        found = one(Settings(llm=LlmService(url=url, key="k", model="qwen3")))
    assert (found.name, found.state) == ("llm", "ok")
    assert asked == ["/v1/models"]


def test_a_model_that_the_endpoint_has_not_got() -> None:
    with endpoint() as (url, _):
        found = one(Settings(llm=LlmService(url=url, model="gpt-5")))
    assert (found.state, found.advice) == ("warning", "it has llama3.2, qwen3")
    assert "knows no model 'gpt-5'" in found.found


@pytest.mark.parametrize("body", [b"no json", b"{}", b'{"data": 3}'])
def test_an_endpoint_that_lists_nothing_is_no_fault(body: bytes) -> None:
    with endpoint(body=body) as (url, _):
        assert one(Settings(llm=LlmService(url=url, model="any"))).state == "ok"


def test_an_endpoint_without_such_a_route_is_there_all_the_same() -> None:
    with endpoint(status=404) as (url, _):
        assert one(Settings(llm=LlmService(url=url))).state == "ok"


@pytest.mark.parametrize(
    ("make", "setting"),
    [
        (lambda url: Settings(llm=LlmService(url=url, key="old")), "llm.key"),
        (lambda url: Settings(asr=AsrService(kind="openai", url=url, key="old")), "asr.key"),
        (
            lambda url: Settings(tts=[TtsService(name="own", kind="openai", url=url, key="old")]),
            "tts.key",
        ),
    ],
)
def test_a_key_that_is_refused_is_named(make: Callable[[str], Settings], setting: str) -> None:
    with endpoint(key="new") as (url, _):
        found = one(make(url))
    assert (found.state, found.advice) == ("warning", f"check {setting}")


def test_what_does_not_answer_is_a_warning_with_its_address() -> None:
    found = one(Settings(llm=LlmService(url=AWAY)))
    assert found.state == "warning"
    assert f"{AWAY}/models does not answer" in found.found
    assert "127.0.0.1:9" in found.advice
