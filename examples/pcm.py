"""Live sound by WebSocket: the avatar speaks what some program makes as it goes.

arecord -f S16_LE -r 24000 -c 1 | .venv/bin/python -m examples.pcm
my-tts "Hello." | .venv/bin/python -m examples.pcm --rate 16000 --session SESSION

In: int16 little-endian mono on standard input, live or faster than it is spoken. With --session
the sound goes into a session that is there already, such as the page's; else into one of its own.
"""

import asyncio
import json
import os
import sys

from websockets.asyncio.client import ClientConnection, connect

from examples.session import Session, arguments, run, show

READ_BYTES = 4096
ONLY_NEW = 10**9
"""An event that the session has not told yet, so that nothing of before is told again."""


async def pour(socket: ClientConnection) -> None:
    """Send what comes on standard input; the socket makes us wait where it is too much."""
    while sound := await asyncio.to_thread(os.read, sys.stdin.fileno(), READ_BYTES):
        await socket.send(sound)
    await socket.send(json.dumps({"type": "commit"}))


async def speak(url: str, session: str, rate: int) -> None:
    """Pour sound into a session until it was heard to its end."""
    target = url.rstrip("/").replace("http", "ws", 1)
    query = f"sessionid={session}&rate={rate}&after={ONLY_NEW}"
    async with connect(f"{target}/ws?{query}") as socket:
        pouring = asyncio.ensure_future(pour(socket))
        async for text in socket:
            event = json.loads(text)
            show(event)
            if event["status"] in ("end", "interrupted", "error"):
                break
        pouring.cancel()


async def speak_alone(url: str, rate: int) -> None:
    """The same in a session of its own."""
    async with Session(url) as session:
        await speak(url, session.sessionid, rate)


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--session", help="a session that is there already")
    parser.add_argument("--rate", type=int, default=24000, choices=(16000, 24000, 48000))
    given = parser.parse_args()
    run(
        speak(given.url, given.session, given.rate)
        if given.session
        else speak_alone(given.url, given.rate)
    )
