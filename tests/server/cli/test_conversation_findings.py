"""What doctor says of a conversation."""

import pytest

from data.hearing import bundled
from data.services import AsrService, LlmService
from runtime.settings import Settings
from server.cli.conversation_findings import conversation_findings


def brief(settings: Settings) -> list[tuple[str, str]]:
    return [(one.state, one.found) for one in conversation_findings(settings)]


def test_as_installed_english_is_understood_and_the_guide_answers() -> None:
    (hears, how), (answers, who) = brief(Settings())
    assert (hears, how, answers) == ("ok", "faster-whisper, en", "ok")
    assert who.startswith("the guide, which is no language model; set llm.url")


def test_what_is_not_installed_is_a_warning_with_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bundled, "find_spec", lambda name: None)
    finding = conversation_findings(Settings())[0]
    assert finding.state == "warning"
    assert finding.advice == "pip install 'ringtalk[talk]' (English)"


def test_what_is_switched_off_or_chosen_is_no_fault() -> None:
    off = Settings(asr=AsrService(kind=""), guide=False)
    assert [state for state, _ in brief(off)] == ["ok", "ok"]
    own = Settings(
        asr=AsrService(url="http://a/v1", model="m"), llm=LlmService(url="http://a/v1", model="m")
    )
    assert brief(own) == [("ok", "openai, any language"), ("ok", "m")]
