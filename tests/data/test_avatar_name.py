"""What an avatar may be called."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.avatar_name import BadAvatarName, as_avatar_name, require_name


@pytest.mark.parametrize("name", ["a", "anna-2", "wav2lip256_avatar1", "A" * 64])
def test_what_may_be_a_name(name: str) -> None:
    require_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-a",
        "_a",
        ".a",
        "a/b",
        "..",
        "a b",
        "a.b",
        "A" * 65,
        "数字人1",
        "a\n",
        "mira",
        "pip-tall",
        "builtin",
    ],
)
def test_what_may_not(name: str) -> None:
    with pytest.raises(BadAvatarName, match="letters, digits, - and _, 64 at most"):
        require_name(name)


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
    assert not name or re.fullmatch("[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name)
    assert as_avatar_name(name) == name


def test_the_message_names_one_that_is_near() -> None:
    with pytest.raises(BadAvatarName, match="; my-avatar is one"):
        require_name("my.avatar")
