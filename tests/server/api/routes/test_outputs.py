"""Sessions without a caller, and outputs: what the service is asked, and what the client is
told."""

import uvloop

from runtime.errors import OutputRefused, RoomNotJoined, TooManyOutputs, UnknownOutput
from runtime.settings import Settings
from tests.server.service_recorder import Recorder, running

URL = "rtmp://localhost/live/secret"


def test_a_session_begins_without_an_offer() -> None:
    async def story() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            answer = await client.post(
                "/sessions", json={"avatar": "tomas", "background": "#102030"}
            )
            assert answer.json() == {"code": 0, "msg": "ok", "data": {"sessionid": "abc"}}
            await client.post("/sessions", json={})
        assert service.asked[1:3] == [("begin", "tomas", "#102030"), ("begin", None, "")]

    uvloop.run(story())


def test_outputs_are_opened_listed_and_ended() -> None:
    async def story() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            wanted = {"sessionid": 7, "kind": "whip", "url": URL, "token": "t"}
            opened = (await client.post("/outputs", json=wanted)).json()["data"]
            assert opened["state"] == "connecting" and "secret" not in opened["url"]
            rows = (await client.get("/outputs", params={"sessionid": "7"})).json()["data"]
            assert [row["state"] for row in rows] == ["live"]
            assert (await client.delete(f"/outputs/{opened['id']}")).json()["code"] == 0
        assert service.asked[1:4] == [
            ("open_output", "7", "whip", URL, "t"),
            ("outputs", "7"),
            ("close_output", "1"),
        ]

    uvloop.run(story())


def test_a_room_is_joined() -> None:
    async def story() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            wanted = {"url": "wss://x", "token": "t", "avatar": "tomas"}
            answer = await client.post("/livekit", json=wanted)
            assert answer.json() == {"code": 0, "msg": "ok", "data": {"sessionid": "abc"}}
            service.refusal = RoomNotJoined("the room cannot be joined: no")
            refused = await client.post("/livekit", json=wanted)
            assert (refused.status_code, refused.json()["code"]) == (502, -1)
            for wrong in ({**wanted, "token": ""}, {**wanted, "token": "a b"}, {"token": "t"}):
                assert (await client.post("/livekit", json=wrong)).status_code == 422
        assert service.asked[1] == ("join", "wss://x", "t", "tomas", "")

    uvloop.run(story())


def test_what_is_refused_is_told() -> None:
    async def story() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            wanted = {"sessionid": "7", "kind": "rtmp", "url": URL}
            for error, status in ((OutputRefused("no"), 422), (TooManyOutputs("full"), 429)):
                service.refusal = error
                assert (await client.post("/outputs", json=wanted)).status_code == status
            service.refusal = UnknownOutput("none")
            assert (await client.delete("/outputs/1")).status_code == 404
            service.refusal = None
            for wrong in (
                {**wanted, "kind": "srt"},
                {**wanted, "token": "two words"},
                {**wanted, "token": "line\n"},
                {"kind": "rtmp"},
            ):
                assert (await client.post("/outputs", json=wrong)).status_code == 422

    uvloop.run(story())
