"""A client that sends what no browser sends: bytes of its own making, encrypted as they must be."""

import asyncio
import socket
from struct import pack
from typing import Final

import pylibsrtp
from aiortc import RTCDtlsTransport
from aiortc.rtp import RTCP_PSFB_PLI, RtcpPsfbPacket
from google_crc32c import value as crc32c

from tests.actors.egress.webrtc.client import Call

HEARD_SECONDS: Final = 20


class Hostile:
    """Sends as the client of `call` does, and learns when its peer has read it all."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._dtls: RTCDtlsTransport = call.client.video.receiver.transport
        self._heard = asyncio.Event()
        liveness = call.peer._liveness
        assert liveness is not None
        note = liveness.heard

        def heard() -> None:
            note()
            self._heard.set()

        liveness.heard = heard  # type: ignore[method-assign]  # a tap

    async def datagram(self, data: bytes) -> None:
        """As it is: STUN, DTLS or neither. From a socket of its own: asyncio sends no empty one."""
        pair = self._dtls.transport._connection._nominated[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(data, pair.remote_addr)

    async def rtp(self, data: bytes) -> None:
        await self._protected(data, self._dtls._tx_srtp.protect)

    async def rtcp(self, data: bytes) -> None:
        await self._protected(data, self._dtls._tx_srtp.protect_rtcp)

    async def sctp(self, chunks: bytes) -> None:
        """Chunks under a header that is right."""
        sctp = self._call.client.connection.sctp
        assert sctp is not None
        head = pack("!HHL", 5000, 5000, sctp._remote_verification_tag)
        checksum = pack("<L", crc32c(head + bytes(4) + chunks))
        await self._dtls._send_data(head + checksum + chunks)

    async def is_heard(self) -> None:
        """Return when the peer has read an ordinary packet that was sent after all others."""
        self._heard.clear()
        media = self._call.client.video.packets[0].ssrc
        async with asyncio.timeout(HEARD_SECONDS):
            await self.rtcp(bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=media)))
            await self._heard.wait()

    async def _protected(self, data: bytes, protect: object) -> None:
        assert callable(protect)
        try:
            coded = protect(data)
        except (pylibsrtp.Error, ValueError, TypeError):
            return  # libsrtp encrypts no such header, and takes none
        await self._dtls.transport._send(coded)
