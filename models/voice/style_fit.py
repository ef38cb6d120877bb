"""What a voice makes of how it is asked to speak, and what it cannot use of that.

In: a `SpeechStyle` and the service that is to speak, None for a voice of this machine. Out: the
style with `ref_file` as a voice or a reference, and a note for each field that is of no use here.
Source of `ref_file`: LiveTalking's tts/, where it is a voice's name for some services and a
recording for others. Looks for recordings in the service's folder; owns nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from data.services import SpeechStyle, TtsKind, TtsService
from models.voice.remote.recordings import DATA, is_recording, recording_in

_BUILT_IN: Final = frozenset({"voice", "speed", "language"})
USED: Final[Mapping[TtsKind, frozenset[str]]] = {
    "azure": frozenset({"voice", "speed", "emotion", "language"}),
    "cosyvoice": frozenset({"voice", "emotion", "reference", "reference_text"}),
    "doubao": frozenset({"voice", "speed", "emotion", "language"}),
    "edge": frozenset({"voice", "speed"}),
    "fish": frozenset({"voice", "speed", "emotion", "reference", "reference_text"}),
    "gpt-sovits": frozenset({"speed", "reference", "reference_text", "language"}),
    "indextts": frozenset({"voice", "emotion", "reference"}),
    "kokoro": frozenset({"voice", "speed", "language"}),
    "openai": frozenset({"voice", "speed", "emotion"}),
    "piper": frozenset({"speed"}),
    "qwen": frozenset({"voice", "emotion", "language"}),
    "tencent": frozenset({"voice", "speed", "emotion"}),
    "xtts": frozenset({"voice", "reference", "language"}),
}
"""The fields of a style that reach each kind of service."""
_AT_SERVICE: Final = ("gpt-sovits", "indextts")
"""Their references are paths on the service's own machine."""


class FittedStyle(NamedTuple):
    """A style that the voice can use, and what was left out of it."""

    style: SpeechStyle
    notes: list[str]


def fitted(
    style: SpeechStyle, service: TtsService | None, is_voice: Callable[[str], bool]
) -> FittedStyle:
    """`style` as this service can use it. is_voice: whether a voice or service here has this
    name."""
    notes = list(_unused(style, service))
    wanted, style = style.ref_file, replace(style, ref_file="", task_type="")
    if not wanted:
        return FittedStyle(style, notes)
    if is_voice(wanted):
        return FittedStyle(replace(style, voice=wanted), notes)
    found, why = _found(style, wanted, service)
    if why:
        said = f"{wanted[:40]}…" if len(wanted) > 40 else wanted
        return FittedStyle(replace(style, reference_text=""), [*notes, f"ref_file {said!r}: {why}"])
    return FittedStyle(found, notes)


def _unused(style: SpeechStyle, service: TtsService | None) -> Iterator[str]:
    """A note for each field that says something and reaches nobody."""
    used = _BUILT_IN if service is None else USED[service.kind]
    given = {
        "speed": style.speed != 1,
        "emotion": bool(style.emotion),
        "reference": bool(style.reference),
        "reference_text": bool(style.reference_text),
        "language": bool(style.language),
    }
    for name, said in given.items():
        if said and name not in used:
            yield f"{_LIVETALKING.get(name, name)}: {_who(service)} takes none"
    if style.task_type:
        yield "task_type: no voice here takes one"


_LIVETALKING: Final = {
    "reference_text": "reference_text (ref_text)",
    "emotion": "emotion (instructions)",
}
"""What LiveTalking calls the same."""


def _who(service: TtsService | None) -> str:
    return "the built-in voice" if service is None else f"{service.name} ({service.kind})"


def _found(style: SpeechStyle, wanted: str, service: TtsService | None) -> tuple[SpeechStyle, str]:
    """`style` with `wanted` as what it is for this service, or why it is nothing there."""
    if service is None:
        return style, "no voice here has this name, and the built-in ones sound like nobody else"
    used = USED[service.kind]
    if "reference" not in used or (not is_recording(wanted) and service.kind not in _AT_SERVICE):
        if is_recording(wanted) or "voice" not in used:
            return style, f"{_who(service)} takes no recording"
        return replace(style, voice=f"{service.name}:{wanted}"), ""
    if service.kind in _AT_SERVICE and wanted.startswith(DATA):
        return style, f"{_who(service)} takes a path on its own machine"
    path = service.kind in _AT_SERVICE or wanted.startswith(DATA)
    if path or recording_in(service.reference_dir, wanted):
        return replace(style, reference=wanted, voice=service.name), ""
    folder = "reference_dir" if service.reference_dir else "reference_dir, which is not set"
    return style, f"{_who(service)} has no such recording in its {folder} (setting tts)"
