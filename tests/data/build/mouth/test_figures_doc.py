"""The tables of docs/face-notes.md are those of report.json."""

import json

import pytest

pytest.importorskip("torch", reason="the extra `build` is not installed")

from data.build.mouth.figures_doc import PATH, rendered
from data.build.mouth.report import OUT


def test_face_md_is_current() -> None:
    text = PATH.read_text("utf-8")
    made = rendered(text, json.loads(OUT.read_text("utf-8")))
    assert text == made, "run python -m data.build.mouth.figures_doc"


def test_a_document_without_a_mark_is_named() -> None:
    with pytest.raises(ValueError, match=r"face-notes\.md has no marks for 'offsets'"):
        rendered("# The built-in face\n", json.loads(OUT.read_text("utf-8")))
