"""The engine that the settings name, loaded. Only what is named is imported."""

from data.services import AsrService
from models.hearing.asr_protocol import AsrProtocol
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
    if service.kind in ("deepgram", "funasr", "openai-realtime"):
        from models.hearing.socket_asr import SocketAsr  # noqa: PLC0415 - its kinds only

        return SocketAsr(service, _protocol(service.kind))
    raise ValueError(
        f"asr.kind is {service.kind!r}: nothing transcribes; it may be faster-whisper, openai, "
        "openai-realtime, deepgram or funasr"
    )


def _protocol(kind: str) -> AsrProtocol:
    if kind == "deepgram":
        from models.hearing.deepgram import Deepgram  # noqa: PLC0415 - its kind only

        return Deepgram()
    if kind == "funasr":
        from models.hearing.funasr import FunAsr  # noqa: PLC0415 - its kind only

        return FunAsr()
    from models.hearing.openai_realtime import OpenAiRealtime  # noqa: PLC0415 - its kind only

    return OpenAiRealtime()
