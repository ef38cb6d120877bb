"""A system prompt that names files."""

from pathlib import Path

import pytest

from models.chat.system_prompt import system_prompt


def test_a_line_that_names_a_file_is_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "my role.md").write_text("\ufeffYou are Mira.\n@not again\n", "utf-8")
    (tmp_path / "facts.md").write_text("Åre is in Sweden.\n\\1 \\g<0>", "utf-8")
    text = f"@{tmp_path}/my role.md\nBe brief, ask a@b.se.\n@{tmp_path}/facts.md "
    assert system_prompt(text) == (
        "You are Mira.\n@not again\nBe brief, ask a@b.se.\nÅre is in Sweden.\n\\1 \\g<0>"
    )


def test_a_path_begins_where_the_server_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "role.md").write_text("Hello.")
    monkeypatch.chdir(tmp_path)
    assert system_prompt("@role.md") == "Hello."


@pytest.mark.parametrize("text", ["", "Be kind.", "Mail me @ noon", " @indented", "@ alone", "@"])
def test_other_texts_are_what_they_were(text: str) -> None:
    assert system_prompt(text) == text


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "long").write_bytes(b"x" * 1_000_001)
    for name in ("missing", "raw", "long", "."):
        with pytest.raises(ValueError, match=f"llm.system names {tmp_path / name}"):
            system_prompt(f"Hello.\n@{tmp_path / name}")
