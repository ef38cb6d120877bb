"""A voice of the settings, opened: a service elsewhere, or a network of this machine.

In: a `TtsService`. Out: a `Speaker`. Imports the clients only of the kind that is opened.
"""

from concurrent.futures import Executor
from pathlib import Path

from data.services import TtsService
from models.voice.speech import Speaker


def open_speaker(service: TtsService, cache: Path, executor: Executor) -> Speaker:
    """Not in an event loop: a local network is loaded here (seconds). A local voice works in
    `executor`, and finds its files in `cache` where the service does not say.

    Raise VoiceMissing, saying what is needed, or CannotSpeak for a voice that there is not.
    """
    if service.kind == "kokoro":
        from models.voice.kokoro import KokoroSpeaker  # noqa: PLC0415 - an extra

        return KokoroSpeaker(service, cache, executor)
    if service.kind == "piper":
        from models.voice.piper import PiperSpeaker  # noqa: PLC0415 - an extra

        return PiperSpeaker(service, cache, executor)
    from models.voice.remote import speakers  # noqa: PLC0415 - only who uses one loads it

    return speakers.open_speaker(service)
