"""What an avatar may be called."""

import pytest

from data.avatar_name import BadAvatarName, require_name


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
