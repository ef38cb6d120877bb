"""LiveTalking's numbers for actions."""

import json

import pytest

from runtime.errors import BadAction, UnknownAction
from runtime.messages import AvatarAction
from server.sessions.action_numbers import MOST, ActionNumbers

WAVE = AvatarAction("wave", faces=True, loop=False, number=5)
REPLY = AvatarAction("reply", faces=False, loop=True, source="data/customvideo/reply")


def numbered(*items: dict[str, object]) -> ActionNumbers:
    numbers = ActionNumbers([REPLY, WAVE])
    numbers.take(json.dumps(items))
    return numbers


def test_an_action_has_the_number_that_it_was_given() -> None:
    numbers = ActionNumbers([REPLY, WAVE])
    assert numbers.name_of(5, "7") == "wave"
    for idle in (0, -1, 1):
        assert numbers.name_of(idle, "7") is None
    with pytest.raises(UnknownAction, match=r"number 2; there are: 5 \(wave\)"):
        numbers.name_of(2, "7")


def test_an_offer_numbers_actions_by_name_or_by_the_folder_that_they_came_from() -> None:
    numbers = numbered(
        {"audiotype": 2, "imgpath": "data/customvideo/reply", "audiopath": "data/r.wav"},
        {"audiotype": 3, "imgpath": "wave"},
        {"audiotype": 1, "imgpath": "/somewhere/else/wave", "more": True},
    )
    assert [numbers.name_of(number, "7") for number in (1, 2, 3, 5)] == [
        "wave", "reply", "wave", "wave",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/etc", "../../secret", "data", "", "wave/../nod"])
def test_no_path_leads_anywhere(path: str) -> None:
    with pytest.raises(BadAction, match=r"is no action of the avatar.*reply, wave"):
        numbered({"audiotype": 2, "imgpath": path})


@pytest.mark.parametrize(
    "text", ["{", "{}", '[{"imgpath": "wave"}]', '["wave"]', "[[1]]", "\ud800"]
)
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(BadAction, match="no JSON list"):
        ActionNumbers([WAVE]).take(text)


def test_a_list_is_bounded() -> None:
    with pytest.raises(BadAction, match=f"{MOST} are allowed"):
        numbered(*({"audiotype": n, "imgpath": "wave"} for n in range(MOST + 1)))
