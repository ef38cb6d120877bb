"""How long a client's voice takes from its packet to the frame that ingest reads.

In: seconds, and a share of packets to lose. Out: for the product's microphone and, in the same
run, for aiortc's own receiver: p50/p95/p99 in ms of the time from a packet's arrival to its
sound; and what the microphone costs. A client speaks to itself over the loopback with a real
connection. `python -m perf.client.uplink --help`. Owns both connections.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Final

import numpy as np
import typer
import uvloop
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtpPacket
from prometheus_client import CollectorRegistry

from actors.egress.webrtc.microphone import Microphone, MicrophoneCounts
from perf.client.voice import Voice
from perf.sounds import bursts
from ringbuf import Control, Ring
from runtime.layouts import Shape, Stage, layout
from runtime.ports import Inlet, Outlet

SLOTS: Final = 50
SHAPE: Final = Shape("none", (1,), 0, (2, 2), (2, 2))
"""The mic ring has one size whatever the shape."""

Take = Callable[[RtpPacket, int], Awaitable[None]]
Delays = list[float]


class Losing:
    """Drops a share of what arrives, before whoever takes it; counts the CPU of taking."""

    def __init__(self, receiver: RTCRtpReceiver, loss: float) -> None:
        self._take: Take = receiver._handle_rtp_packet
        self._fate = random.Random(1)
        self._loss = loss
        self.arrived: dict[int, int] = {}
        self.spent = 0
        self.flows = asyncio.Event()
        receiver._handle_rtp_packet = self._pass  # type: ignore[method-assign]  # a tap

    async def _pass(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        if self._fate.random() < self._loss:
            return
        self.arrived[packet.timestamp] = time.monotonic_ns()
        self.flows.set()
        begun = time.thread_time_ns()
        await self._take(packet, arrival_time_ms)
        self.spent += time.thread_time_ns() - begun


async def through_the_ring(seconds: float, loss: float) -> tuple[Delays, float]:
    """The product's way: ms to each frame, and CPU ms for each second of microphone."""
    control = Control.create()
    ring = Ring.create(layout("mic", SHAPE), SLOTS)
    outlet = Outlet(ring.producer(control), Stage.EGRESS)
    inlet = Inlet(ring.consumer(control), Stage.INGEST)
    loop = asyncio.get_running_loop()
    microphone = Microphone(outlet, MicrophoneCounts(CollectorRegistry()), loop)
    delays: Delays = []

    def begin(receiver: RTCRtpReceiver) -> Losing:
        microphone.listen(receiver, lambda: None)
        return Losing(receiver, loss)

    async def read(_: RTCRtpReceiver) -> None:
        while True:
            slot = await inlet.next()
            arrived = int(slot["stamps"][Stage.EGRESS, 0])
            if arrived:
                delays.append((time.monotonic_ns() - arrived) / 1e6)
            inlet.release()

    losing = await _talk(seconds, begin, read)
    microphone.close()
    inlet.close()
    outlet.close()
    ring.close()
    control.close()
    return delays, losing.spent / 1e6 / seconds


async def through_aiortc(seconds: float, loss: float) -> Delays:
    """aiortc's way: its jitter buffer and its decoder's thread."""
    delays: Delays = []
    found: list[Losing] = []

    def begin(receiver: RTCRtpReceiver) -> Losing:
        found.append(Losing(receiver, loss))
        return found[0]

    async def read(receiver: RTCRtpReceiver) -> None:
        origin: int | None = None
        while True:
            try:
                frame = await receiver.track.recv()
            except MediaStreamError:
                return
            arrived = found[0].arrived
            origin = min(arrived) if origin is None else origin
            at = arrived.get(origin + (frame.pts or 0))
            if at is not None:
                delays.append((time.monotonic_ns() - at) / 1e6)

    await _talk(seconds, begin, read)
    return delays


async def _talk(
    seconds: float,
    begin: Callable[[RTCRtpReceiver], Losing],
    read: Callable[[RTCRtpReceiver], Awaitable[None]],
) -> Losing:
    """Connect a voice to a receiver, have it speak, and hang up."""
    speaker, listener = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    voice = Voice()
    speaker.addTransceiver(voice, "sendonly")
    receiver = listener.addTransceiver("audio", "recvonly").receiver
    losing = begin(receiver)
    await speaker.setLocalDescription(await speaker.createOffer())
    await listener.setRemoteDescription(speaker.localDescription)
    await listener.setLocalDescription(await listener.createAnswer())
    await speaker.setRemoteDescription(listener.localDescription)
    reading = asyncio.ensure_future(read(receiver))
    try:
        async with asyncio.timeout(30):
            await losing.flows.wait()
        voice.say(bursts(int(seconds / 0.4), 0.25, [0.15] * int(seconds / 0.4)), 0)
        await asyncio.sleep(seconds)
    finally:
        reading.cancel()
        await asyncio.wait([reading])
        voice.stop()
        await speaker.close()
        await listener.close()
    return losing


def _line(name: str, delays: Delays) -> str:
    p50, p95, p99 = np.percentile(delays, (50, 95, 99))
    return f"{name:<22} p50 {p50:7.2f}  p95 {p95:7.2f}  p99 {p99:7.2f} ms  n {len(delays)}"


async def _run(seconds: float, loss: float) -> None:
    delays, cpu = await through_the_ring(seconds, loss)
    print(_line("microphone -> ring", delays))
    print(f"{'its CPU':<22} {cpu:.2f} ms for each second of microphone")
    print(_line("aiortc's receiver", await through_aiortc(seconds, loss)))


def main(
    seconds: Annotated[float, typer.Option(help="how long to speak, each way")] = 10.0,
    loss: Annotated[float, typer.Option(help="share of the packets that are lost")] = 0.0,
) -> None:
    """Measure the way of a voice from its packet to whoever hears it."""
    uvloop.run(_run(seconds, loss))


if __name__ == "__main__":
    typer.run(main)
