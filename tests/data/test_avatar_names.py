"""Names of avatars: plain ASCII, and the nearest one to any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.avatar_names import as_avatar_name, is_avatar_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("anna", "anna"),
        ("wav2lip256_avatar1", "wav2lip256_avatar1"),
        ("数字人1", "ShuZiRen1"),
        ("my.avatar", "my-avatar"),
        (" Jörg  Müller ", "Jorg-Muller"),
        ("новый аватар", "novyy-avatar"),
        ("../../etc", "etc"),
        ("___", ""),
        ("", ""),
    ],
)
def test_the_nearest_name(text: str, name: str) -> None:
    assert as_avatar_name(text) == name


@given(st.text(max_size=200))
def test_whatever_the_text_the_result_is_a_name_or_nothing(text: str) -> None:
    name = as_avatar_name(text)
    assert not name or is_avatar_name(name)
    assert as_avatar_name(name) == name
