"""What an offer wants of the visible mark, and who counts as a page of somebody else."""

from typing import Any

import pytest
import uvloop

from data.marking import USUAL_MARK, MarkWish
from runtime.errors import MarkRequired
from runtime.settings import Settings
from tests.server.service_recorder import Recorder, running

OFFER = {"sdp": "v=0", "type": "offer"}
SHOP = "https://shop.example"


def offered(
    sent: dict[str, Any], headers: dict[str, str] | None = None, service: Recorder | None = None
) -> tuple[int, Any, Recorder]:
    async def body() -> tuple[int, Any, Recorder]:
        asked = service or Recorder()
        async with running(asked, Settings(cors_origins=[SHOP])) as client:
            answer = await client.post("/offer", json={**OFFER, **sent}, headers=headers)
        return answer.status_code, answer.json(), asked

    return uvloop.run(body())


@pytest.mark.parametrize(
    ("sent", "wish"),
    [
        ({}, USUAL_MARK),
        ({"mark": None}, USUAL_MARK),
        ({"mark": False}, MarkWish(False)),
        ({"mark": True}, MarkWish(True)),
        ({"mark": {}}, MarkWish(True)),
        ({"mark": {"language": "zh"}}, MarkWish(True, language="zh")),
        ({"mark": {"corner": "top-left"}}, MarkWish(True, corner="top-left")),
        ({"embedded": True}, MarkWish(embedded=True)),
    ],
)
def test_what_an_offer_wants(sent: dict[str, Any], wish: MarkWish) -> None:
    status, _, service = offered(sent)
    assert (status, service.marks) == (200, [wish])


def test_a_page_of_another_origin_is_somebody_elses() -> None:
    _, _, service = offered({}, {"Origin": SHOP})
    assert service.marks == [MarkWish(embedded=True)]


@pytest.mark.parametrize(
    ("mark", "named"),
    [({"language": "xx"}, "mark"), ({"corner": "middle"}, "mark"), ("words", "mark")],
)
def test_what_is_no_mark_is_named(mark: object, named: str) -> None:
    status, answer, service = offered({"mark": mark})
    assert status == 422
    assert named in answer["msg"]
    assert service.marks == []


def test_where_every_picture_is_marked_leaving_it_out_is_refused() -> None:
    service = Recorder()

    async def body() -> tuple[int, Any]:
        async with running(service, Settings()) as client:
            service.refusal = MarkRequired("mark: this server marks every picture")
            answer = await client.post("/offer", json={**OFFER, "mark": False})
            service.refusal = None
        return answer.status_code, answer.json()

    status, answer = uvloop.run(body())
    assert (status, answer["msg"]) == (403, "mark: this server marks every picture")


def test_a_transparent_face_is_asked_for_and_has_no_background() -> None:
    status, _, service = offered({"matte": "packed"})
    assert (status, service.mattes) == (200, [True])
    status, answer, service = offered({"matte": "packed", "background": "#204060"})
    assert (status, service.mattes) == (422, [])
    assert "a transparent face has no background" in answer["msg"]
    assert offered({"matte": "other"})[0] == 422
