"""WHEP as its draft has it: what a player sends, and what it is told."""

import pytest
import uvloop

from runtime.errors import NoCommonCodec, TooManyViewers, UnknownSession, UnknownViewer
from runtime.settings import Settings
from tests.server.service_recorder import Recorder, running

SDP = {"Content-Type": "application/sdp"}


def test_an_offer_is_answered_with_a_resource_that_can_be_deleted() -> None:
    async def story() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            headers = {**SDP, "Authorization": "Bearer of-no-use"}
            answer = await client.post("/whep?sessionid=7", content="v=0 offer", headers=headers)
            assert answer.status_code == 201
            assert answer.headers["content-type"] == "application/sdp"
            assert answer.text == "v=0 answer"
            left = await client.delete(answer.headers["location"])
            assert left.status_code == 200
        assert service.asked[1:3] == [("watch", "7", "v=0 offer"), ("unwatch", "7", "viewer")]

    uvloop.run(story())


def test_without_an_id_the_session_of_the_transport_is_watched() -> None:
    async def story() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            await client.post("/whep", content="v=0", headers=SDP)
        assert service.asked[1] == ("watch", "0", "v=0")

    uvloop.run(story())


def test_what_is_no_sdp_is_refused() -> None:
    async def story() -> None:
        async with running(Recorder(), Settings()) as client:
            wrong = await client.post("/whep?sessionid=7", json={"sdp": "v=0"})
            assert wrong.status_code == 415 and wrong.headers["accept-post"] == "application/sdp"
            bytes_ = await client.post("/whep?sessionid=7", content=b"\xff", headers=SDP)
            assert bytes_.status_code == 400
            large = await client.post("/whep?sessionid=7", content=b"v" * 999_999, headers=SDP)
            assert large.status_code == 413

    uvloop.run(story())


def test_other_methods() -> None:
    async def story() -> None:
        async with running(Recorder(), Settings()) as client:
            for path in ("/whep", "/whep/7/viewer"):
                may = await client.request("OPTIONS", path)
                assert may.status_code == 200 and may.headers["accept-post"] == "application/sdp"
                assert (await client.get(path)).status_code == 204
                trickle = await client.patch(path, content="a=candidate:…", headers=SDP)
                assert trickle.status_code == 405 and trickle.headers["allow"]

    uvloop.run(story())


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NoCommonCodec("none"), 406),
        (TooManyViewers("full"), 503),
        (UnknownSession("none"), 404),
        (UnknownViewer("none"), 404),
    ],
)
def test_refusals_have_their_status(error: Exception, status: int) -> None:
    async def story() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            service.refusal = error
            answer = await client.post("/whep?sessionid=7", content="v=0", headers=SDP)
            assert answer.status_code == status
            assert ("retry-after" in answer.headers) == (status == 503)
            service.refusal = None

    uvloop.run(story())


def test_pages_of_an_allowed_origin_see_the_location() -> None:
    async def story() -> None:
        origin = {"Origin": "https://a.example"}
        settings = Settings(cors_origins=["https://a.example"])
        async with running(Recorder(), settings) as client:
            answer = await client.post("/whep", content="v=0", headers={**SDP, **origin})
            assert "Location" in answer.headers["access-control-expose-headers"]
            ask = {
                **origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization, content-type",
            }
            assert (await client.request("OPTIONS", "/whep", headers=ask)).status_code == 200
        async with running(Recorder(), Settings()) as client:
            for method in ("POST", "DELETE"):
                path = "/whep" if method == "POST" else "/whep/7/v"
                other = await client.request(method, path, headers={**SDP, **origin})
                assert other.status_code == 403

    uvloop.run(story())
