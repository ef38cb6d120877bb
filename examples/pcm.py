"""Live sound by WebSocket: the avatar speaks what some program makes as it goes.

arecord -f S16_LE -r 24000 -c 1 | .venv/bin/python -m examples.pcm
my-tts "Hello." | .venv/bin/python -m examples.pcm --rate 16000 --session SESSION

In: int16 little-endian mono on standard input, live or faster than it is spoken. With --session
the sound goes into a session that is there already, such as the page's; else into one of its own.
"""

import asyncio
import os
import sys

from ringtalk_client import AsyncSession, AsyncSoundStream

from examples.session import Session, arguments, client_of, run, show

READ_BYTES = 4096


async def pour(stream: AsyncSoundStream) -> None:
    """Send what comes on standard input; the stream makes us wait where it is too much."""
    while sound := await asyncio.to_thread(os.read, sys.stdin.fileno(), READ_BYTES):
        await stream.send(sound)
    await stream.commit()


async def speak(session: AsyncSession, rate: int) -> None:
    """Pour sound into a session until it was heard to its end."""
    async with session.stream(rate) as stream:
        pouring = asyncio.ensure_future(pour(stream))
        async for event in stream.events():
            show(event)
            if event.status in ("end", "interrupted", "error"):
                break
        pouring.cancel()


async def speak_into(url: str, session: str, rate: int) -> None:
    """In a session that is there already."""
    async with client_of(url) as client:
        await speak(client.session(session), rate)


async def speak_alone(url: str, rate: int) -> None:
    """The same in a session of its own."""
    async with Session(url) as session:
        await speak(session.speech, rate)


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--session", help="a session that is there already")
    parser.add_argument("--rate", type=int, default=24000, choices=(16000, 24000, 48000))
    given = parser.parse_args()
    run(
        speak_into(given.url, given.session, given.rate)
        if given.session
        else speak_alone(given.url, given.rate)
    )
