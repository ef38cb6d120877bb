"""A program that calls the avatar: it connects, has it say something, and keeps what it sees.

    make serve                                                # in another terminal
    .venv/bin/python examples/caller.py "Hello there." -o seen.mp4

In: a running server and a text. Out: an MP4 of what came over WebRTC. Everything that a client
needs is here: one offer, one answer, POST /human, and /is_speaking to know when it is over.
"""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any
from urllib.request import Request, urlopen

import typer
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRecorder

LOOK_AGAIN_SECONDS = 0.2
LONGEST_SECONDS = 120


class Server:
    """The HTTP API, without a library: every answer is JSON."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Raises urllib.error.HTTPError, whose body says what is allowed."""
        request = Request(
            self._url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        answer: dict[str, Any] = json.loads(
            await asyncio.to_thread(lambda: urlopen(request, timeout=30).read())
        )
        return answer


async def connect(server: Server, connection: RTCPeerConnection) -> str:
    """Offer to receive sound and pictures; the id of the call that begins."""
    connection.addTransceiver("audio", direction="recvonly")
    connection.addTransceiver("video", direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    offer = connection.localDescription
    call = await server.post("/offer", {"sdp": offer.sdp, "type": offer.type})
    await connection.setRemoteDescription(RTCSessionDescription(call["sdp"], call["type"]))
    return str(call["sessionid"])


async def speaking(server: Server, session: str) -> bool:
    return bool((await server.post("/is_speaking", {"sessionid": session}))["data"])


async def watch(url: str, text: str, output: Path) -> None:
    """Have `text` said and record it."""
    connection, recorder = RTCPeerConnection(), MediaRecorder(str(output))
    connection.on("track", recorder.addTrack)
    server = Server(url)
    async with asyncio.timeout(LONGEST_SECONDS):
        session = await connect(server, connection)
        await recorder.start()
        await server.post("/human", {"sessionid": session, "type": "echo", "text": text})
        begun = False
        while not begun or await speaking(server, session):
            begun = begun or await speaking(server, session)
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        await recorder.stop()
        await server.post("/close", {"sessionid": session})
    await connection.close()


def main(
    text: str,
    output: Annotated[Path, typer.Option("--output", "-o")] = Path("seen.mp4"),
    url: str = "http://localhost:8010",
) -> None:
    """Have the avatar at URL say TEXT, and keep what was seen and heard."""
    asyncio.run(watch(url, text, output))
    typer.echo(f"{output} is what came over WebRTC")


if __name__ == "__main__":
    typer.run(main)
