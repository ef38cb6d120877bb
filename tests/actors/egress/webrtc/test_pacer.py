"""When a picture's packets leave, by a transport that only counts them."""

import asyncio
from struct import pack
from typing import cast

import uvloop
from aiortc import RTCRtpSender

from actors.egress.webrtc.pacer import AHEAD_SECONDS, HEADERS, Pacer

SSRC, RTX, SOUND = 7, 8, 9
SIZE = 1000


class Transport:
    def __init__(self) -> None:
        self.sent: list[bytes] = []

    async def _send_rtp(self, data: bytes) -> None:
        self.sent.append(data)


class Sender:
    _ssrc, _rtx_ssrc = SSRC, RTX

    def __init__(self) -> None:
        self.transport = Transport()


def packet(sequence: int, source: int = SSRC, *, last: bool = False) -> bytes:
    return pack("!BBHLL", 0x80, 96 | 128 * last, sequence, 0, source) + bytes(SIZE - 12)


def test_pictures_wait_and_the_sound_passes_them() -> None:
    async def body() -> None:
        rate: list[int | None] = [None]
        bursts: list[int] = []
        pacer, sender = Pacer(lambda: rate[0], bursts.append), Sender()
        pacer.attach(cast(RTCRtpSender, sender))
        send, loop = sender.transport._send_rtp, asyncio.get_running_loop()
        await send(packet(1))
        await send(packet(2, last=True))
        await send(packet(3, last=True))
        assert bursts == [2 * (SIZE + HEADERS)], "of the first picture alone"
        rate[0] = 8 * (SIZE + HEADERS)  # one packet a second
        begun = loop.time()
        picture = asyncio.ensure_future(send(packet(4)))
        await asyncio.sleep(0)
        for source, sequence in ((SOUND, 1), (RTX, 1), (SSRC, 2)):
            await asyncio.wait_for(send(packet(sequence, source)), 0.5)
        assert pacer.busy
        await picture
        assert loop.time() - begun >= 1 - AHEAD_SECONDS - 0.01
        assert len(sender.transport.sent) == 7

    uvloop.run(body())
