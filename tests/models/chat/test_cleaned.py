"""A raw reply of a model as `type: echo` gets it: only what is to be said comes out of it."""

import pytest

from models.chat.cleaned import cleaned
from models.voice.sentences import sentences


@pytest.mark.parametrize(
    ("raw", "spoken"),
    [
        ("Run it:\n```sh\nmake check\n```\nDone.", ["Run it:", "Done."]),
        ("It was ~~wrong~~ **right**.", ["It was wrong right."]),
        (
            "See https://example.com/a/b?c=d&e=f#g. Then go.",
            ["See example.com.", "Then go."],
        ),
        ("| A | B |\n|---|---|\n| 1 | 2 |", ["A, B", "1, 2"]),
        ("<p>Tom &amp; Ann</p><br>Hi", ["Tom & Ann", "Hi"]),
        ("<think>Hm.</think>Four.", ["Four."]),
        ("Two and two make four, I am sure.</think>Four.", ["Four."]),
        ("Plain text, 3 * 4 < 13. Yes.", ["Plain text, 3 * 4 < 13.", "Yes."]),
        ("```\nonly code\n```", []),
    ],
)
def test_a_raw_reply(raw: str, spoken: list[str]) -> None:
    assert list(sentences(cleaned(raw), "en")) == spoken
