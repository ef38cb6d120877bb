"""A request made by a speaker and caught by the local service that it was sent to."""

import base64
import email.policy
from email.parser import BytesParser
from urllib.parse import parse_qsl

import numpy as np
import uvloop
from numpy.typing import NDArray

from data.services import SpeechStyle, TtsKind
from models.voice.remote.speakers import open_speaker
from tests.models.voice.remote.providers import BY_KIND
from tests.models.voice.remote.stage import Asked, Stage

Speech = NDArray[np.float32]
SAMPLE = b"RIFF" + bytes(300)
SAMPLE_URI = "data:audio/wav;base64," + base64.b64encode(SAMPLE).decode()


def staged(
    kind: TtsKind, tick: Speech, style: SpeechStyle, text: str = "Hi & bye.", **settings: str
) -> Stage:
    provider = BY_KIND[kind]

    async def run() -> Stage:
        async with provider.stage(tick) as stage:
            speaker = open_speaker(provider.service(stage.url, more=settings))
            try:
                assert [piece async for piece in speaker.speak(text, style)]
            finally:
                await speaker.close()
            return stage

    return uvloop.run(run())


def asked_of(
    kind: TtsKind, tick: Speech, style: SpeechStyle, text: str = "Hi & bye.", **settings: str
) -> Asked:
    return staged(kind, tick, style, text, **settings).asked[-1]


def form_of(asked: Asked) -> dict[str, bytes]:
    """multipart/form-data, or the URL-encoded form."""
    if asked.headers["content-type"] == "application/x-www-form-urlencoded":
        return {name: value.encode() for name, value in parse_qsl(asked.body.decode())}
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=email.policy.HTTP).parsebytes(head + asked.body)
    fields: dict[str, bytes] = {}
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        name = part.get_param("name", header="content-disposition")
        assert isinstance(name, str)
        fields[name] = content
    return fields
