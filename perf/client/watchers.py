"""Many who watch one session over WHEP, in a process of their own, so that what they cost is
theirs.

    watchers ══ n × WebRTC, nothing decoded ══ a server
        ╰─ stdin's end: leave;  stdout: one line when all watch, one with the figures

In: a server, a session's id, how many. Out: two lines of JSON, `Watching` and `Watched`. Runs until
its stdin ends, or `--seconds` later; owns the connections.
"""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from typing import Annotated, Final

import httpx
import msgspec
import typer
import uvloop
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import SessionDescription

from data.units import PLAYOUT_RATE, VIDEO_CLOCK
from perf.client.pace import Pace
from perf.client.packets import Packet
from perf.client.tap import RtpTap

SDP: Final = "application/sdp"
FIRST_SECONDS: Final = 30.0
NS: Final = 1_000_000_000


class Watching(msgspec.Struct):
    """So many watch; ms from the offer to the first picture, of each."""

    count: int
    first_ms: list[float]


class Watched(msgspec.Struct):
    """cpu: cores of this process. pictures, packets: a second, of each watcher. lost: packets of
    all."""

    seconds: float
    cpu: float
    pictures: list[float]
    packets: list[float]
    lost: int


class Watcher:
    """One of them."""

    def __init__(self) -> None:
        self.sound, self.pictures = Pace(PLAYOUT_RATE), Pace(VIDEO_CLOCK)
        self.packets = 0
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        receivers = {
            kind: self._connection.addTransceiver(kind, "recvonly").receiver
            for kind in ("audio", "video")
        }
        self._tap = RtpTap(receivers, self._take, lambda report: None)
        self._seen = asyncio.Event()

    async def watch(self, client: httpx.AsyncClient, session: str) -> float:
        """Begin; ms until the first picture. Raises httpx.HTTPError or TimeoutError."""
        connection = self._connection
        await connection.setLocalDescription(await connection.createOffer())
        began = time.monotonic_ns()
        answer = await client.post(
            f"/whep?sessionid={session}",
            content=connection.localDescription.sdp,
            headers={"Content-Type": SDP},
        )
        answer.raise_for_status()
        kinds: dict[int, tuple[str, int]] = {}
        for media in SessionDescription.parse(answer.text).media:
            for codec in media.rtp.codecs:
                if codec.name != "rtx" and codec.payloadType is not None:
                    kinds[codec.payloadType] = (media.kind, codec.clockRate)
        self._tap.expect(kinds)
        await connection.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        async with asyncio.timeout(FIRST_SECONDS):
            await self._seen.wait()
        return (time.monotonic_ns() - began) / 1e6

    async def leave(self) -> None:
        """As a page that is closed."""
        await self._connection.close()

    def _take(self, kind: str, packet: Packet) -> None:
        self.packets += 1
        if kind == "audio":
            self.sound.take(packet)
        else:
            self.pictures.take(packet)
            self._seen.set()


async def _begin(url: str, session: str, count: int) -> tuple[list[Watcher], list[float]]:
    watchers, first = [], []
    async with httpx.AsyncClient(base_url=url, timeout=FIRST_SECONDS) as client:
        for _ in range(count):
            watcher = Watcher()
            first.append(await watcher.watch(client, session))
            watchers.append(watcher)
    return watchers, first


async def _run(url: str, session: str, count: int, seconds: float) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    watchers, first = await _begin(url, session, count)
    _print(Watching(len(watchers), first))
    began, used = time.monotonic(), time.process_time()
    before = [(len(one.pictures.arrivals), one.packets) for one in watchers]
    loop.add_reader(sys.stdin.fileno(), over.set)
    try:
        async with asyncio.timeout(seconds):
            await over.wait()
    except TimeoutError:
        pass
    finally:
        loop.remove_reader(sys.stdin.fileno())
    lasted = time.monotonic() - began
    cpu = (time.process_time() - used) / lasted
    _print(_figures(watchers, before, lasted, cpu))
    await asyncio.gather(*(one.leave() for one in watchers))


def _figures(
    watchers: Sequence[Watcher], before: Sequence[tuple[int, int]], lasted: float, cpu: float
) -> Watched:
    both = list(zip(watchers, before, strict=True))
    return Watched(
        lasted,
        cpu,
        [(len(one.pictures.arrivals) - was[0]) / lasted for one, was in both],
        [(one.packets - was[1]) / lasted for one, was in both],
        sum(one.sound.lost + one.pictures.lost for one in watchers),
    )


def _print(message: msgspec.Struct) -> None:
    os.write(sys.stdout.fileno(), msgspec.json.encode(message) + b"\n")


def main(
    url: Annotated[str, typer.Option(help="the server")],
    session: Annotated[str, typer.Option(help="whom to watch")],
    count: Annotated[int, typer.Option(help="how many")] = 1,
    seconds: Annotated[float, typer.Option(help="at most")] = 60.0,
) -> None:
    """Watch a session, many times."""
    uvloop.run(_run(url, session, count, seconds))


if __name__ == "__main__":
    typer.run(main)
