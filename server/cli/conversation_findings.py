"""Who would answer a person here, and what would be understood by ear.

In: the settings. Out: `Finding`s for `ringtalk doctor`. Nothing is loaded or asked; owns nothing.
"""

from typing import Final

from data.hearing.bundled import resolved
from runtime.settings import Settings
from server.cli.finding import Finding
from server.sessions.abilities import answers_of

_CONNECT: Final = "set llm.url and llm.model (RINGTALK_LLM__URL=http://localhost:11434/v1)"


def conversation_findings(settings: Settings) -> list[Finding]:
    """The transcriber, and the language model or the guide."""
    return [_transcriber(settings), _answers(settings)]


def _transcriber(settings: Settings) -> Finding:
    service = resolved(settings.asr)
    if service.kind:
        known = service.language or "any language"
        return Finding("transcriber", "ok", f"{service.kind}, {known}")
    if settings.asr.kind:
        found = "none is installed: a voice only interrupts"
        return Finding("transcriber", "warning", found, "pip install 'ringtalk[talk]' (English)")
    return Finding("transcriber", "ok", "switched off: a voice only interrupts")


def _answers(settings: Settings) -> Finding:
    match answers_of(settings):
        case "model":
            return Finding("answers", "ok", f"{settings.llm.model or 'a model'}")
        case "guide":
            return Finding("answers", "ok", f"the guide, which is no language model; {_CONNECT}")
        case _:
            return Finding("answers", "ok", f"nobody; {_CONNECT}")
