"""A narrow network, and one that loses packets: what is left of sound and pictures.

    bandwidth ─ spawns ─▶ ringtalk serve, and an older one (--beside)
      │                      ║ WebRTC
      └── a client ═ Link ═══╝   RATE towards the client, a queue of half a second, or LOSS

Two kinds of client: `remb` says how much it could take, as browsers do; `reports` does not, and
sends receiver reports. Both ask for lost packets (NACK). Each hears the same speech over each way,
the servers in turns.

In: servers. Out: for each way, client and server: the part of the sound that never came, and that
came late; how late it is; pictures a second; the longest freeze.
`python -m perf.sessions.bandwidth --help`. Owns the servers that it starts.
"""

import asyncio
import time
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
import uvloop
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RTCP_PSFB_APP, RtcpPsfbPacket, RtpPacket

from perf.client.crowd import speech
from perf.client.link import Link, LinkedApi, Way
from perf.client.opus_packet import length_ms
from perf.client.packets import Unwrapper
from perf.report import Machine, Report
from perf.sessions.target import target

WAYS: Final = {
    "60 kbit/s": Way(rate=60_000),
    "150 kbit/s": Way(rate=150_000),
    "300 kbit/s": Way(rate=300_000),
    "10 % lost": Way(loss=0.1),
    "good": Way(),
}
PATIENCE_MS: Final = 400.0
"""Sound that comes later than the earliest by more than this makes a player wait or skip."""
TIMESTAMP_BITS: Final = 32
PER_MS: Final = 48


class SoundLog:
    """What came of the sound: each packet's own time, length and arrival, in ms."""

    def __init__(self, receiver: RTCRtpReceiver) -> None:
        self.came: dict[float, tuple[float, float]] = {}
        self._clock = Unwrapper(TIMESTAMP_BITS)
        self._deliver = receiver._handle_rtp_packet
        receiver._handle_rtp_packet = self._take  # type: ignore[method-assign]  # a tap

    async def _take(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        at = self._clock.of(packet.timestamp) / PER_MS
        self.came.setdefault(at, (length_ms(packet.payload), time.monotonic() * 1000))
        await self._deliver(packet, arrival_time_ms=arrival_time_ms)

    def figures(self) -> dict[str, float]:
        """The parts that never came and came too late, and how late what came was, in ms."""
        times = sorted(self.came)
        transit = np.array([self.came[at][1] - at for at in times])
        late = transit - transit.min()
        lengths = np.array([self.came[at][0] for at in times])
        whole = times[-1] + lengths[-1] - times[0]
        p50, p95 = np.percentile(late, (50, 95)).tolist()
        return {
            "lost %": 100 * (1 - float(lengths.sum()) / whole),
            "too late %": 100 * float(lengths[late > PATIENCE_MS].sum()) / whole,
            "late p50 ms": p50,
            "late p95 ms": p95,
        }


async def _decoded(track: MediaStreamTrack, times: list[float]) -> None:
    """Note when each picture is decoded, until the track ends."""
    while True:
        try:
            await track.recv()
        except MediaStreamError:
            return
        times.append(time.monotonic())


def _silence_estimates(receiver: RTCRtpReceiver) -> None:
    """Send no REMB: reports are left, and what asks for lost packets and keyframes."""
    send = receiver._send_rtcp

    async def reports(packet: Any) -> None:
        if not (isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_APP):
            await send(packet)

    receiver._send_rtcp = reports  # type: ignore[method-assign]  # no setting


async def _session(url: str, way: Way, seconds: float, *, remb: bool) -> dict[str, float]:
    link = await Link(way).open()
    api = LinkedApi(url, link)
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    ears = [connection.addTransceiver(kind, "recvonly").receiver for kind in ("audio", "video")]
    sound = SoundLog(ears[0])
    times: list[float] = []
    if not remb:
        _silence_estimates(ears[1])
    watching: list[asyncio.Task[None]] = []
    try:
        await connection.setLocalDescription(await connection.createOffer())
        sdp, session = await api.offer(connection.localDescription.sdp)
        await connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        watching = [
            asyncio.ensure_future(_decoded(ears[0].track, [])),
            asyncio.ensure_future(_decoded(ears[1].track, times)),
        ]
        await api.say_sound(session, speech(seconds))
        begun = time.monotonic()
        await asyncio.sleep(seconds)
        return (
            sound.figures() | _pictures(times, begun, begun + seconds) | {"queue full": link.full}
        )
    finally:
        await connection.close()
        for task in watching:
            task.cancel()
        api.close()
        link.close()


def _pictures(times: list[float], begun: float, ended: float) -> dict[str, float]:
    """Pictures a second: on average, and how many seconds had none; and the longest freeze."""
    seen = np.array([at for at in times if begun <= at < ended])
    seconds = int(ended - begun)
    counts = np.bincount((seen - begun).astype(int), minlength=seconds)[:seconds]
    gaps = np.diff(np.concatenate(([begun], seen, [ended])))
    return {
        "pictures/s": len(seen) / (ended - begun),
        "s without": float((counts == 0).sum()),
        "freeze ms": 1000 * float(gaps.max()),
    }


def main(
    beside: Annotated[
        Path | None, typer.Option(help="An older commit's checkout, its ring compiled.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=5, max=300, help="Of each.")] = 30.0,
    only: Annotated[str, typer.Option(help="Ways whose name has this in it.")] = "",
    json: Annotated[Path | None, typer.Option(help="Write the figures there.")] = None,
) -> None:
    """Narrow the network, and measure what arrives."""
    report = Report("bandwidth", Machine.here(("aiortc", "av")))
    report.begin()
    folders = {"now": None} if beside is None else {"before": beside, "now": None}
    for name, way in WAYS.items():
        if only not in name:
            continue
        rows: dict[str, dict[str, str | float]] = {}
        for remb in (True, False):
            for which, folder in folders.items():
                with target(None, 1, folder) as server:
                    heard = uvloop.run(_session(server.url, way, seconds, remb=remb))
                rows[f"{'remb' if remb else 'reports'}, {which}"] = {**heard}
        report.table(name, rows)
    if json is not None:
        report.write(json)


if __name__ == "__main__":
    typer.run(main)
