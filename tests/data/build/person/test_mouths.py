"""What each mouth parameter does to the shapes."""

import pytest

from data.build.person.mouths import shapes_of

NAMES = ("jaw", "spread", "round", "close", "upl", "fv", "teeth", "tong")


def mouth(**values: float) -> dict[str, float]:
    return shapes_of({name: values.get(name, 0.0) for name in NAMES})


def test_at_rest_only_the_smile_of_rest_is_left() -> None:
    assert set(mouth()) == {"mouthSmile"}


def test_a_wider_jaw_opens_further() -> None:
    opening = [mouth(jaw=jaw / 10)["jawOpen"] for jaw in range(1, 11)]
    assert opening == sorted(opening) and opening[-1] > 0.5


@pytest.mark.parametrize("jaw", [0.0, 0.3, 1.0])
def test_shut_lips_are_closed_as_far_as_the_jaw_is_open(jaw: float) -> None:
    shut = mouth(jaw=jaw, close=1.0, teeth=1.0, tong=1.0)
    assert shut.get("mouthClose", 0.0) == shut.get("jawOpen", 0.0)
    assert shut["mouthPress"] > 0
    assert not {"mouthUpperUp", "mouthLowerDown", "tongue"} & set(shut)


def test_a_tucked_lip_takes_the_place_of_a_lowered_one() -> None:
    tucked = mouth(jaw=0.2, fv=1.0, teeth=0.5, tong=0.5)
    assert tucked["mouthRollLower"] > 0.3 and tucked["mouthShrugLower"] > 0.5
    assert not {"mouthLowerDown", "tongue"} & set(tucked)


def test_rounding_narrows_the_jaw() -> None:
    assert mouth(jaw=0.8, round=1.0)["jawOpen"] < mouth(jaw=0.8)["jawOpen"]
    assert mouth(round=1.0)["mouthPucker"] > 0.5


def test_a_raised_tongue_can_be_seen() -> None:
    raised = mouth(tong=1.0)
    assert raised["tongue"] == 1.0 and raised["jawOpen"] > 0.05
