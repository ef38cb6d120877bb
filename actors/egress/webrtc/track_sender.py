"""A track's coded packets, from its queue to the client: at once, or paced on a narrow way.

In: the packets that a track puts into its queue. Out: RTP, through the connection's `RtpSender`.
Where the way is wide a packet leaves in the call that put it into the queue; where it is narrow
pictures wait there for a task, which the pacer holds up after each packet. Runs in the egress
process's event loop; owns the task, which `close` ends.
"""

import asyncio
from collections.abc import Callable, Sequence

from aioice import Connection
from aiortc import RTCRtpSender
from aiortc.mediastreams import MediaStreamError

from actors.egress.packet_tap import PicturePacket
from actors.egress.webrtc.feedback import Feedback, FeedbackListener
from actors.egress.webrtc.pacer import Pacer
from actors.egress.webrtc.packet_queue import PacketQueue
from actors.egress.webrtc.rtp_payloads import RtpPayloads
from actors.egress.webrtc.rtp_sender import RtpSender
from actors.egress.webrtc.timeline import Timeline

Pack = Callable[[bytes, int], Sequence[bytes]]


def whole(coded: bytes, _timestamp: int) -> Sequence[bytes]:
    """A packet of sound is a payload as it is (RFC 7587)."""
    return (coded,)


def cut_by(payloads: RtpPayloads) -> Pack:
    """Pictures, cut into what packets carry."""
    return lambda coded, timestamp: payloads.of(PicturePacket(coded, timestamp, keyframe=False))


class TrackSender:
    """Of one track. Without a pacer all is sent at once."""

    def __init__(
        self,
        queue: PacketQueue,
        pack: Pack,
        sender: RTCRtpSender,
        listener: FeedbackListener,
        rate: int,
        timeline: Timeline,
        pacer: Pacer | None = None,
    ) -> None:
        """`pack` cuts a coded packet into payloads. The rest as for `RtpSender`."""
        self._queue, self._pack, self._pacer = queue, pack, pacer
        on_sent = pacer.count if pacer is not None else _uncounted
        self._rtp = RtpSender(sender, listener, rate, timeline, self._begin, on_sent)
        self._task: asyncio.Task[None] | None = None
        self._waits = False

    @property
    def feedback(self) -> Feedback:
        """What the client says of the way."""
        return self._rtp.feedback

    @property
    def ice(self) -> Connection:
        """aioice's part of the way."""
        return self._rtp.ice

    def report(self) -> None:
        """Send a sender report, if there is something to report on."""
        self._rtp.report()

    def close(self) -> None:
        """Say goodbye; nothing is sent any more."""
        self._rtp.close()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _begin(self) -> None:
        """The way is there: first what waits."""
        self._task = asyncio.ensure_future(self._send_waiting())
        self._queue.deliver(self._take)

    def _take(self, coded: bytes, timestamp: int) -> bool:
        """Send it now, unless the way is narrow or something else is on its way still."""
        if self._waits or (self._pacer is not None and self._pacer.paces):
            return False
        self._send(self._pack(coded, timestamp), timestamp)
        return True

    def _send(self, payloads: Sequence[bytes], timestamp: int) -> None:
        self._rtp.send(payloads, timestamp, marks=True)
        if self._pacer is not None:
            self._pacer.sent()

    async def _send_waiting(self) -> None:
        """What does not leave at once, packet by packet."""
        try:
            while True:
                coded, timestamp = await self._queue.next()
                self._waits = True
                payloads = self._pack(coded, timestamp)
                for number, payload in enumerate(payloads, 1):
                    last = number == len(payloads)
                    self._rtp.send((payload,), timestamp, marks=last)
                    if self._pacer is not None:
                        if last:
                            self._pacer.sent()
                        await self._pacer.settle()
                self._waits = False
        except MediaStreamError:
            return


def _uncounted(_: int) -> None:
    """Nobody paces."""
