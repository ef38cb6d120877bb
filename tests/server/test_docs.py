"""The documents that are made from the code are what the code says."""

from pathlib import Path

import pytest

from data.docfile import write_or_check
from server.api import openapi_document
from server.api.app import create_api
from server.cli import settings_document


def test_api_md_is_current() -> None:
    assert openapi_document.PATH.read_text() == openapi_document.render(), (
        "run python -m server.api.openapi_document"
    )


def test_settings_md_is_current() -> None:
    assert settings_document.PATH.read_text() == settings_document.render(), (
        "run python -m server.cli.settings_document"
    )


def test_every_route_is_in_api_md() -> None:
    text = openapi_document.render()
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
