"""/action and /set_audiotype against a real uvicorn."""

import httpx
import pytest
import uvloop

from runtime.errors import BadAction, QueueFull, RingtalkError, UnknownAction, UnknownSession
from runtime.settings import Settings
from tests.server.api.test_app import OK, post
from tests.server.service_recorder import Recorder, running


def test_an_action_is_asked_for_by_name() -> None:
    for loop in (None, True, False):
        body = {"sessionid": 7, "name": "wave", "loop": loop}
        status, answer, service = post("/action", body)
        assert (status, answer) == (200, OK)
        assert service.asked == [("play", "7", "wave", loop)]


@pytest.mark.parametrize("name", ["", None])
def test_no_name_is_the_idle_loop(name: str | None) -> None:
    status, _, service = post("/action", {"sessionid": "7", "name": name})
    assert status == 200
    assert service.asked == [("rest", "7")]


@pytest.mark.parametrize("number", [2, 0, -1])
def test_livetalking_asks_by_number(number: int) -> None:
    status, answer, service = post("/set_audiotype", {"sessionid": "7", "audiotype": number})
    assert (status, answer) == (200, OK)
    assert service.asked == [("play_number", "7", number)]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnknownAction("the avatar 'a' has no action 'b'; there are: wave"), 404),
        (UnknownSession.named("7"), 404),
        (BadAction("it cannot be played"), 422),
        (QueueFull("64 wait"), 429),
    ],
)
@pytest.mark.parametrize("path", ["/action", "/set_audiotype"])
def test_a_refusal_says_why(path: str, error: RingtalkError, status: int) -> None:
    sent = {"sessionid": "7", "name": "b", "audiotype": 9}

    async def body() -> httpx.Response:
        async with running(service := Recorder(), Settings()) as client:
            service.refusal = error
            answer = await client.post(path, json=sent)
            service.refusal = None
            return answer

    answer = uvloop.run(body())
    assert (answer.status_code, answer.json()) == (status, {"code": -1, "msg": str(error)})


@pytest.mark.parametrize(
    "more", [{"name": "x" * 65}, {"name": 5}, {"name": "wave", "loop": "often"}, {}]
)
def test_what_is_no_action_is_refused_by_the_field(more: dict[str, object]) -> None:
    status, answer, _ = post("/action", {"sessionid": "7", **more})
    assert status == 422
    assert answer["msg"].startswith(("name", "loop"))


def test_an_offer_hands_livetalking_s_list_on() -> None:
    offer = {"sdp": "v=0", "type": "offer", "custom_config": "[]"}
    status, _, service = post("/offer", offer)
    assert status == 200
    assert service.asked == [("open", "v=0", "offer", None, "[]")]
