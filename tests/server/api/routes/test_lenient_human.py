"""/human as LiveTalking takes it."""

from typing import Any

import pytest
import uvloop

from data.services import SpeechStyle
from runtime.errors import UnknownSession
from runtime.settings import Settings
from server.api.routes.lenient_human import parts
from tests.server.service_recorder import Recorder, running

ECHO = {"sessionid": "7", "type": "echo", "text": "hi"}
USUAL = SpeechStyle(lenient=True)


def human(service: Recorder | None = None, **change: Any) -> tuple[Any, list[Any]]:
    async def body() -> tuple[Any, list[Any]]:
        asked = service or Recorder()
        given = Settings(livetalking_status=True, max_text=20)
        async with running(asked, given) as client:
            asked.asked.clear()
            answer = await client.post("/human", json={**ECHO, **change})
        assert answer.status_code == 200
        return answer.json(), asked.asked

    return uvloop.run(body())


@pytest.mark.parametrize("change", [{"type": "sing"}, {"text": ""}, {"text": " "}])
def test_nothing_is_said_and_that_is_fine(change: dict[str, Any]) -> None:
    assert human(**change) == ({"code": 0, "msg": "ok"}, [])
    assert human(interrupt=True, **change) == ({"code": 0, "msg": "ok"}, [("interrupt", "7")])


def test_a_long_text_is_said_in_parts_and_interrupts_once() -> None:
    answer, asked = human(text="One two three. Four five six. Seven.", interrupt=True)
    assert answer["code"] == 0
    said = [(one[2], one[4]) for one in asked]
    assert said == [("One two three.", True), (" Four five six.", False), (" Seven.", False)]


def test_a_pace_beyond_the_range_is_the_nearest_one() -> None:
    answer, [asked] = human(tts={"speed": 9, "voice": "nobody"})
    assert answer == {"code": 0, "msg": "ok; speed: 9 is spoken as 2"}
    assert asked[3] == SpeechStyle(voice="nobody", speed=2, lenient=True)
    assert human(tts={"speed": "0.1"})[1][0][3].speed == 0.5


def test_a_chat_goes_on_as_ever() -> None:
    assert human(type="chat")[1] == [("chat", "7", "hi", USUAL, False)]
    answer, asked = human(type="chat", text="x" * 21)
    assert (answer["code"], asked) == (-1, [])


def test_what_is_wrong_is_minus_one() -> None:
    for change in ({"sessionid": None}, {"tts": "loud"}, {"type": None}, {"text": 5}):
        answer, asked = human(**change)
        assert (answer["code"], asked) == (-1, [])
    service = Recorder()
    service.may_stop.set()

    async def body() -> Any:
        async with running(service, Settings(livetalking_status=True)) as client:
            service.refusal = UnknownSession.named("7")
            answer = await client.post("/human", json=ECHO)
            service.refusal = None
        return answer.json()

    assert uvloop.run(body()) == {"code": -1, "msg": "session not found"}


@pytest.mark.parametrize(
    ("text", "longest", "found"),
    [
        ("short", 10, ["short"]),
        ("abc def ghi", 8, ["abc def ", "ghi"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("你好。再见。走吧", 4, ["你好。", "再见。", "走吧"]),
        ("a    b", 3, ["a  ", "  b"]),
        ("1.5 is a number. Yes.", 17, ["1.5 is a number.", " Yes."]),
    ],
)
def test_parts(text: str, longest: int, found: list[str]) -> None:
    assert parts(text, longest) == found
    assert "".join(parts(text, longest)) == text
