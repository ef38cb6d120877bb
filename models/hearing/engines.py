"""The engine that the settings name, loaded. Only what is named is imported."""

from data.services import AsrService
from models.hearing.transcriber import Transcriber


async def open_transcriber(service: AsrService) -> Transcriber:
    """Load `service.kind`. Raise ServiceError when it cannot be had, ValueError for settings
    that name none or leave something out."""
    if service.kind == "faster-whisper":
        from models.hearing.faster_whisper import FasterWhisper  # noqa: PLC0415 - its kind only

        return await FasterWhisper.load(service)
    if service.kind == "openai":
        from models.hearing.openai_asr import OpenAiAsr  # noqa: PLC0415 - its kind only

        return OpenAiAsr(service)
    raise ValueError(
        f"asr.kind is {service.kind!r}: nothing transcribes; it may be faster-whisper or openai"
    )
