"""A network that loses packets: how long the picture stands still.

    loss ─ spawns ─▶ ringtalk serve
      │                 ║ WebRTC
      └── one client, whose receivers never see PERCENT of the RTP packets;
          aiortc asks for them again (NACK), and for a keyframe (PLI) when it gives up

In: a server. Out: the gaps between decoded pictures and between decoded sound, by loss.
`python -m perf.sessions.loss --help`. Owns the server that it starts.
"""

import asyncio
import random
import time
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
import uvloop
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtpPacket

from data.units import CHUNK_MS, TICK_MS
from perf.client.api import Api
from perf.client.crowd import speech
from perf.report import Machine, Report, Spread
from perf.sessions.target import target

PERCENTS: Final = (0.0, 2.0, 5.0)
FREEZE_MOST_MS: Final = 400.0
SEED: Final = 7


class Leaky:
    """One receiver of which a part of the packets never arrives, and when it decoded."""

    def __init__(self, receiver: RTCRtpReceiver, percent: float, dice: random.Random) -> None:
        self.lost = self.came = 0
        self.times: list[float] = []
        self._percent, self._dice = percent, dice
        self._deliver = receiver._handle_rtp_packet
        receiver._handle_rtp_packet = self._maybe  # type: ignore[method-assign]  # a tap
        self._task = asyncio.ensure_future(self._watch(receiver.track))

    async def _maybe(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        self.came += 1
        if self._dice.random() * 100 < self._percent:
            self.lost += 1
        else:
            await self._deliver(packet, arrival_time_ms=arrival_time_ms)

    async def _watch(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                await track.recv()
            except MediaStreamError:
                return
            self.times.append(time.monotonic() * 1000)

    def gaps(self, pace: float) -> list[float]:
        """Ms by which each decoded frame came later than `pace` ms after the one before."""
        return [max(0.0, float(gap) - pace) for gap in np.diff(self.times)]


async def _call(url: str, percent: float, seconds: float) -> dict[str, Any]:
    api = Api(url)
    connection = RTCPeerConnection()
    dice = random.Random(SEED)
    receivers = [
        connection.addTransceiver(kind, direction="recvonly").receiver
        for kind in ("audio", "video")
    ]
    try:
        await connection.setLocalDescription(await connection.createOffer())
        sdp, session = await api.offer(connection.localDescription.sdp)
        await connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        sound, pictures = (Leaky(receiver, percent, dice) for receiver in receivers)
        await api.say_sound(session, speech(seconds))
        await asyncio.sleep(seconds)
        return {"sound": sound, "pictures": pictures}
    finally:
        await connection.close()
        api.close()


def main(
    url: Annotated[str | None, typer.Option(help="A running server; else one is started.")] = None,
    seconds: Annotated[float, typer.Option(min=5, max=300, help="Of each loss.")] = 30.0,
    json: Annotated[Path | None, typer.Option(help="Write the figures there.")] = None,
) -> None:
    """Lose packets and measure how long picture and sound stand still."""
    report = Report("loss", Machine.here(("aiortc", "av")))
    report.begin()
    frozen = False
    with target(url, 1) as server:
        for percent in PERCENTS:
            heard = uvloop.run(_call(server.url, percent, seconds))
            sound, pictures = heard["sound"], heard["pictures"]
            worst = max(pictures.gaps(TICK_MS))
            frozen = frozen or (percent <= 2 and worst > FREEZE_MOST_MS)
            report.say(
                f"{percent:g} %: {sound.lost + pictures.lost} of {sound.came + pictures.came} "
                f"packets lost, longest freeze {worst:.0f} ms"
            )
            report.spreads(
                f"later than its pace, {percent:g} % lost",
                "ms",
                {
                    "pictures": Spread.of(pictures.gaps(TICK_MS)),
                    "sound": Spread.of(sound.gaps(CHUNK_MS)),
                },
            )
    if json is not None:
        report.write(json)
    raise typer.Exit(1 if frozen else 0)


if __name__ == "__main__":
    typer.run(main)
