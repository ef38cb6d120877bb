"""How far the making of an avatar is."""

import pytest

from data.making.percentage import Percentage
from data.making.progress import MakingStep


@pytest.mark.parametrize("engine", ["builtin", "wav2lip", "musetalk"])
def test_it_goes_from_nothing_to_all_and_never_back(engine: str) -> None:
    percentage = Percentage(engine)
    found = [
        percentage.at(step, done, total)
        for step in MakingStep
        for done, total in ((0, None), (1, 4), (4, 4), (2, 4))
    ]
    assert found[0] == 0
    assert found[-1] == 100
    assert found == sorted(found)


def test_what_takes_longer_than_the_file_says_stays_at_its_end() -> None:
    percentage = Percentage("wav2lip")
    assert percentage.at(MakingStep.FINDING, 90, 50) == 45
    assert percentage.at("something else", 1, 2) == 45


def test_a_clips_face_takes_longer_to_be_found_than_a_photos() -> None:
    assert Percentage("builtin").at(MakingStep.FINDING, 50, 100) == 22
    assert Percentage("builtin").at(MakingStep.FINDING, 1, 1) == 2
