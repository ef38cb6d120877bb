"""Stand-ins for a language model, a voice and a transcriber: no key, no weights, no network.

In: requests as OpenAI's API has them. Out: answers in its form, over real sockets: a model that
says what it heard, a voice that hums a syllable for each vowel, and a transcriber that tells how
long somebody spoke. `serve` runs them in the agent's process, on a port of their own.
"""

import json
import re
from io import BytesIO
from typing import Final

import numpy as np
import soundfile
from aiohttp import web
from numpy.typing import NDArray

RATE: Final = 24_000
_SYLLABLE: Final = 0.16
_PITCH: Final = 120.0


async def chat(request: web.Request) -> web.StreamResponse:
    """POST /v1/chat/completions: the last message, said back, a word at a time."""
    asked = await request.json()
    heard = str(asked["messages"][-1]["content"])
    answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await answer.prepare(request)
    for word in f"You said: {heard} I am a stand-in for a language model.".split():
        choice = {"index": 0, "delta": {"role": "assistant", "content": f"{word} "}}
        piece = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "stand-in"}
        await answer.write(f"data: {json.dumps({**piece, 'choices': [choice]})}\n\n".encode())
    await answer.write(b"data: [DONE]\n\n")
    return answer


async def speech(request: web.Request) -> web.Response:
    """POST /v1/audio/speech: int16 mono at RATE."""
    text = str((await request.json())["input"])
    return web.Response(body=hummed(text).tobytes(), content_type="audio/pcm")


async def transcription(request: web.Request) -> web.Response:
    """POST /v1/audio/transcriptions: how long the file is, in words."""
    form = await request.post()
    file = form["file"]
    assert isinstance(file, web.FileField)
    sound, rate = soundfile.read(BytesIO(file.file.read()))
    return web.json_response({"text": f"something of {len(sound) / rate:.1f} seconds."})


def hummed(text: str) -> NDArray[np.int16]:
    """A syllable for each group of vowels, a rest for each full stop."""
    pieces = [np.zeros(RATE // 20)]
    for found in re.finditer(r"[aeiouy]+|[.,?!]", text.lower()):
        rest = found.group() in ".,?!"
        pieces.append(np.zeros(round(RATE * _SYLLABLE)) if rest else _syllable())
    sound = np.concatenate([*pieces, np.zeros(RATE // 20)])
    return np.asarray(sound * 32767, "<i2")


def _syllable() -> NDArray[np.float64]:
    """A vowel: a buzz with two formants, that swells and fades."""
    at = np.arange(round(RATE * _SYLLABLE)) / RATE
    buzz = sum(np.sin(2 * np.pi * _PITCH * n * at) / n for n in range(1, 30))
    formants = 1 + np.sin(2 * np.pi * 700 * at) + 0.5 * np.sin(2 * np.pi * 1200 * at)
    swell = np.sin(np.pi * at / at[-1]) ** 0.5
    voiced = buzz * formants * swell
    return np.asarray(0.4 * voiced / np.abs(voiced).max(), np.float64)


async def serve() -> str:
    """Begin to answer; the base URL."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_post("/v1/audio/speech", speech)
    app.router.add_post("/v1/audio/transcriptions", transcription)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    return f"http://127.0.0.1:{port}/v1"
