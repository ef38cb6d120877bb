"""A program that calls the avatar: it connects, has it say something, and keeps what it sees.

    make serve                                                # in another terminal
    .venv/bin/python examples/caller.py "Hello there." -o seen.mp4

In: a running server and a text. Out: an MP4 of what came over WebRTC. Everything that a client
needs is here: one offer, one answer, POST /human, and /is_speaking to know when it is over.
"""

import asyncio
from pathlib import Path
from typing import Annotated

import httpx
import typer
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRecorder

LOOK_AGAIN_SECONDS = 0.2
LONGEST_SECONDS = 120


async def connect(server: httpx.AsyncClient, connection: RTCPeerConnection) -> str:
    """Offer to receive sound and pictures; the id of the call that begins."""
    connection.addTransceiver("audio", direction="recvonly")
    connection.addTransceiver("video", direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    offer = connection.localDescription
    answer = await server.post("/offer", json={"sdp": offer.sdp, "type": offer.type})
    answer.raise_for_status()
    call = answer.json()
    await connection.setRemoteDescription(RTCSessionDescription(call["sdp"], call["type"]))
    return str(call["sessionid"])


async def speaking(server: httpx.AsyncClient, session: str) -> bool:
    answer = await server.post("/is_speaking", json={"sessionid": session})
    return bool(answer.json()["data"])


async def watch(url: str, text: str, output: Path) -> None:
    """Have `text` said and record it."""
    connection, recorder = RTCPeerConnection(), MediaRecorder(str(output))
    connection.on("track", recorder.addTrack)
    async with httpx.AsyncClient(base_url=url) as server, asyncio.timeout(LONGEST_SECONDS):
        session = await connect(server, connection)
        await recorder.start()
        said = await server.post(
            "/human", json={"sessionid": session, "type": "echo", "text": text}
        )
        said.raise_for_status()
        begun = False
        while not begun or await speaking(server, session):
            begun = begun or await speaking(server, session)
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        await recorder.stop()
        await server.post("/close", json={"sessionid": session})
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
