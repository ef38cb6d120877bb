"""Whatever is sent to the API, its answer is no 5xx but a 503 in words, and nobody else notices.

The requests are made from the OpenAPI document by schemathesis, those that it allows and those that
it forbids, always the same ones. A run by hand, with some thousand of each route:

    RINGTALK_FUZZ_EXAMPLES=1000 .venv/bin/pytest tests/e2e/test_fuzz_api.py -s
"""

from typing import Any

import httpx
import schemathesis
import uvloop
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

from tests.e2e.conftest import Served
from tests.e2e.fuzzing import an_offer, examples, meanwhile, memory

ENDLESS = "/sse"
"""Of a session that is there it answers for ever."""
TASK = "/api/avatar/task/{task_id}"
"""For a task that nobody knows it says 404 in `code`, as LiveTalking does."""
STREAMS = ("/api/avatar/tasks/events", "/operations")
"""They answer everybody for ever, and take nothing."""


schemathesis.serializer.alias("application/sdp", "text/plain")


def check(response: Any, path: str, sent: str) -> None:
    """Refused or done, in words, and no folder of the machine in them."""
    told = response.text
    assert response.status_code < 500 or response.status_code == 503, (sent, told)
    if response.status_code >= 400:
        codes = (-1, 404) if path == TASK else (-1,)
        assert response.json()["code"] in codes, (sent, told)
        assert response.json()["msg"], sent
        assert "did not answer" not in told, (sent, told)
        for folder in ("/root", "/home", "/usr", "/tmp", "/work", "site-packages"):
            assert folder not in told.replace(sent, ""), (sent, told)


def try_all(url: str, session: str) -> None:
    """Of every route so many requests as the setting says, allowed ones and others."""
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        if operation.path in STREAMS:
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            strategy = operation.as_strategy(generation_mode=mode)
            try:
                _try(url, session, operation.path, strategy)
            except Unsatisfiable:  # nothing can be wrong with a route that takes nothing
                assert mode is GenerationMode.NEGATIVE


def _try(url: str, session: str, path: str, strategy: st.SearchStrategy[Case[Any]]) -> None:
    @settings(
        max_examples=examples(4),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy, real=st.booleans())
    def attempt(case: Case[Any], real: bool) -> None:
        if real and path != ENDLESS and isinstance(case.body, dict) and "sessionid" in case.body:
            case.body["sessionid"] = session
        if path == "/close":
            case.body = {"sessionid": "nobody's"} if real else case.body
        response = case.call(base_url=url, timeout=30)
        check(response, path, str(case.body))
        if path == "/sessions" and response.status_code == 200:
            begun = {"sessionid": response.json()["data"]["sessionid"]}
            assert httpx.post(f"{url}/close", json=begun).status_code == 200

    attempt()


def test_whatever_is_sent(served: Served) -> None:
    offer = {"sdp": an_offer(), "type": "offer"}
    victim = httpx.post(f"{served.url}/offer", json=offer).json()["sessionid"]
    uvloop.run(meanwhile(served, lambda: try_all(served.url, victim)))


def test_more_of_it_takes_no_more_memory(served: Served) -> None:
    """What is not kept the first time is not kept the hundredth."""
    body = b'{"sessionid": "7", "type": "echo", "text": "' + b"x" * 200_000 + b'"}'
    kind = {"Content-Type": "application/json"}
    with httpx.Client(base_url=served.url, timeout=60) as client:
        for _ in range(50):
            assert client.post("/human", content=body, headers=kind).status_code in (404, 413, 422)
        before = memory(served)
        for _ in range(200):
            client.post("/human", content=body, headers=kind)
        assert memory(served) - before < 10_000_000
