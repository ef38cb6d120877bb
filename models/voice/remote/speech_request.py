"""A sentence as a service is asked for it: what the request says, over what the account says.

In: `TtsService`, `SpeechStyle`, a sentence. Out: a `SpeechRequest`. Reads the reference's file
where a service wants its sound; owns nothing.
"""

import asyncio
import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from data.services import SpeechStyle, TtsService
from models.voice.errors import UnfitVoice
from models.voice.language import language_of
from models.voice.remote.recordings import DATA, recording_in
from models.voice.text import plain
from models.voice.voice import check_speed

MOST_SAMPLE_BYTES: Final = 10_000_000
"""A minute of 48 kHz stereo WAV; references are seconds long."""


class SpeechRequest(NamedTuple):
    """What a builder of requests reads; see `SpeechStyle` for the fields that are not said here."""

    service: TtsService
    text: str
    voice: str
    speed: float
    emotion: str
    language: str
    """BCP 47, "" where neither the request nor the settings say one."""
    reference: str
    """Settings: a file here, or a name or path at the service. Request: a `data:` URI with
    base64, a file of `reference_dir`, or a name or path at the service."""
    reference_text: str
    cloned: bool
    """The reference is meant rather than the voice, where a service takes one of the two."""
    sample: bytes = b""
    """The reference's sound, where the service wants it uploaded."""
    speaker: Mapping[str, object] | None = None
    """What the service answered when it was asked for the speaker first (`table.Row.before`)."""

    @property
    def spoken_language(self) -> str:
        """The language as said, else the sentence's own."""
        return self.language or language_of(self.text)

    @property
    def remote_path(self) -> str:
        """The reference as a name at the service; raise CannotSpeak if it is sound instead."""
        if self.reference.startswith(DATA):
            raise UnfitVoice(
                f"{self.service.name}: this service ({self.service.kind}) takes a reference as a "
                "path on its own machine, not as a data: URI"
            )
        return self.reference


def ordered(service: TtsService, sentence: str, style: SpeechStyle) -> SpeechRequest:
    """The order; raise CannotSpeak if there is nothing to say, ValueError for the speed.

    CannotSpeak too for names with line ends, control characters or halves of characters in them.
    """
    check_speed(style.speed)
    for said in (style.voice, style.emotion, style.language, style.reference):
        if not said.isprintable():
            raise UnfitVoice(f"{service.name}: {said[:40]!r} has characters that no name has")
    text = plain(sentence)
    if not any(c.isalnum() for c in text):
        raise UnfitVoice(f"there is nothing to say in {sentence!r}")
    return SpeechRequest(
        service=service,
        text=text,
        voice=style.voice or service.voice,
        speed=style.speed,
        emotion=style.emotion,
        language=style.language or service.language,
        reference=style.reference or service.reference,
        reference_text=plain(style.reference_text)
        or ("" if style.reference else service.reference_text),
        cloned=bool(style.reference or (service.reference and not style.voice)),
    )


async def with_sample(order: SpeechRequest) -> SpeechRequest:
    """The order with its reference's sound, if it has a reference that is meant.

    Only the settings may name any file of this machine: a request that could would send it to the
    service; it may name recordings in the folder `reference_dir`. Raise CannotSpeak for another
    reference, or one that cannot be read.
    """
    if not order.cloned:
        return order
    if order.reference.startswith(DATA):
        return order._replace(sample=_decoded(order))
    try:
        sample = await asyncio.to_thread(_file, order.service, order.reference)
    except OSError as lost:
        raise UnfitVoice(
            f"{order.service.name}: the reference cannot be read ({lost.strerror})"
        ) from lost
    return order._replace(sample=_checked(order, sample))


def _file(service: TtsService, reference: str) -> bytes:
    """The reference of the settings, or one that a request names; in a thread."""
    if reference == service.reference:
        return _read(Path(reference))
    path = recording_in(service.reference_dir, reference)
    if path is None:
        raise UnfitVoice(
            f"{service.name}: a request's reference must be a data: URI with base64, or a "
            "recording in the folder that the settings name (reference_dir of tts)"
        )
    return _read(path)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_SAMPLE_BYTES + 1)


def _decoded(order: SpeechRequest) -> bytes:
    head, comma, body = order.reference.partition(",")
    if not comma or not head.endswith(";base64") or len(body) > 2 * MOST_SAMPLE_BYTES:
        raise UnfitVoice(
            f"{order.service.name}: a reference must be data:<type>;base64,<sound> of at most "
            f"{MOST_SAMPLE_BYTES // 1_000_000} MB"
        )
    try:
        return _checked(order, base64.b64decode(body, validate=True))
    except binascii.Error as broken:
        raise UnfitVoice(f"{order.service.name}: the reference is no base64") from broken


def _checked(order: SpeechRequest, sample: bytes) -> bytes:
    if not 0 < len(sample) <= MOST_SAMPLE_BYTES:
        raise UnfitVoice(
            f"{order.service.name}: the reference has {len(sample)} bytes; 1 to "
            f"{MOST_SAMPLE_BYTES} are allowed"
        )
    return sample
