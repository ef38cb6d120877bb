"""The documents that are made from the code are what the code says."""

from pathlib import Path

import pytest

from data.docfile import write_or_check
from server import api_doc, settings_doc
from server.app import create_api


def test_api_md_is_current() -> None:
    assert api_doc.PATH.read_text() == api_doc.render(), "run python -m server.api_doc"


def test_settings_md_is_current() -> None:
    assert settings_doc.PATH.read_text() == settings_doc.render(), (
        "run python -m server.settings_doc"
    )


def test_every_route_is_in_api_md() -> None:
    text = api_doc.render()
    for path in create_api().openapi()["paths"]:
        assert f" {path}\n" in text


def test_check_finds_a_stale_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.md"
    assert write_or_check(path, "new", ["--check"]) == 1
    assert write_or_check(path, "new", []) == 0
    assert write_or_check(path, "new", ["--check"]) == 0
    assert write_or_check(path, "newer", ["--check"]) == 1
    assert path.read_text() == "new"
    assert write_or_check(path, "new", ["--chekc"]) == 2
    assert "--check" in capsys.readouterr().err
