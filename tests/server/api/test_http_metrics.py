"""What /metrics says of requests: by the route's own path, and why something was refused."""

import uvloop
import websockets
from prometheus_client.parser import text_string_to_metric_families

from runtime.errors import AtCapacity
from runtime.settings import Settings
from server.sessions.event_log import EventLog
from tests.server.service_recorder import Recorder, running

Series = dict[tuple[str, ...], float]


def series(text: str, name: str) -> Series:
    """Each sample of that name, by its labels' values in the order of their names."""
    return {
        tuple(value for key, value in sorted(sample.labels.items()) if key != "le"): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


def test_requests_are_counted_by_route_method_and_status() -> None:
    async def body() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            for name in ("a", "b"):
                await client.get(f"/record/{name}")
            await client.get("/healthz")
            await client.get("/no/such/thing")
            await client.request("BREW", "/healthz")
            await client.get("/healthz", headers={"Host": "evil.example"})
            text = (await client.get("/metrics")).text
        found = series(text, "ringtalk_http_requests_total")
        assert sum(found[key] for key in found if key[1] == "/record/{sessionid}") == 2
        assert found["GET", "/healthz", "200"] == 1
        assert found["GET", "other", "404"] == 1
        assert found["other", "/healthz", "405"] == 1
        assert found["GET", "other", "421"] == 1
        timed = series(text, "ringtalk_http_answer_seconds_count")
        assert timed["/healthz",] == 2

    uvloop.run(body())


def test_a_websocket_is_counted_when_it_is_accepted_and_when_it_is_not() -> None:
    async def body() -> None:
        service = Recorder()
        service.logs["abc"] = EventLog()
        async with running(service, Settings()) as client:
            base = str(client.base_url).replace("http", "ws").rstrip("/")
            async with websockets.connect(f"{base}/ws?sessionid=abc"):
                pass
            try:
                async with websockets.connect(f"{base}/ws"):
                    pass
            except websockets.InvalidStatus as refusal:
                assert refusal.response.status_code == 422
            text = (await client.get("/metrics")).text
        found = series(text, "ringtalk_http_requests_total")
        assert found["WEBSOCKET", "/ws", "101"] == found["WEBSOCKET", "/ws", "422"] == 1

    uvloop.run(body())


def test_what_is_refused_is_counted_by_its_reason() -> None:
    async def body() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            service.refusal = AtCapacity(12, 5)
            for _ in range(2):
                answer = await client.post("/offer", json={"sdp": "v=0", "type": "offer"})
                assert answer.status_code == 503
            service.refusal = None
            text = (await client.get("/metrics")).text
        assert series(text, "ringtalk_refused_total") == {("at_capacity",): 2}

    uvloop.run(body())
