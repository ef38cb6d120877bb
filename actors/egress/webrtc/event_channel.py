"""Events down the session's data channel (RFC 8831), which the client opens if it wants them.

In: texts. Out: messages on the client's channel labelled `events`, in order. What the client
sends on it is not read, and is bounded. Runs in the egress process's event loop; owns what
waits: BACKLOG texts until the channel is there, BUFFERED_MAX bytes after that.
"""

import logging
from collections import deque
from typing import Final

from aiortc import RTCDataChannel, RTCSctpTransport

from actors.egress.webrtc.receive_guard import Dropped
from actors.egress.webrtc.sctp_guard import guard_receive_window

LABEL: Final = "events"
BACKLOG: Final = 64
BUFFERED_MAX: Final = 256 * 1024
"""Bytes that may wait for a client that does not take them; one text more may be on top."""
logger = logging.getLogger(__name__)


class EventChannel:
    """One session's channel, open or not."""

    def __init__(self, session: str) -> None:
        """`session` is named in the log."""
        self._session = session
        self._channel: RTCDataChannel | None = None
        self._early: deque[str] = deque(maxlen=BACKLOG)
        self._expected = True
        self._warned = False

    def expect(self, sctp: RTCSctpTransport | None, dropped: Dropped) -> None:
        """What the client's channels will come through, before it starts; None where its offer
        has none, and nothing is kept for it. `dropped` hears of each malformed packet."""
        if sctp is None:
            self._forget()
        else:
            guard_receive_window(sctp, self._warn, dropped)

    def opened(self, channel: RTCDataChannel) -> None:
        """The client has opened a channel. Of several called LABEL the newest counts, and one of
        another name is closed."""
        if channel.label != LABEL:
            channel.close()
            return
        if self._channel is not None:
            self._channel.close()
        self._channel = channel
        self._expected = False
        while self._early:
            self.tell(self._early.popleft())

    def tell(self, text: str) -> None:
        """Send a text. One that comes before the channel waits for it, the newest BACKLOG do."""
        channel = self._channel
        if channel is None:
            if self._expected:
                self._early.append(text)
        elif channel.readyState == "open":
            self._send(channel, text)

    def close(self) -> None:
        """Forget the channel, which goes with its connection."""
        self._channel = None
        self._forget()

    def _send(self, channel: RTCDataChannel, text: str) -> None:
        if channel.bufferedAmount > BUFFERED_MAX:
            self._give_up(channel, f"{channel.bufferedAmount} bytes wait for the client already")
            return
        try:
            channel.send(text)
        except ValueError as error:
            self._give_up(channel, str(error))

    def _give_up(self, channel: RTCDataChannel, reason: str) -> None:
        """Close a channel that would lose an event; the HTTP streams lose none."""
        channel.close()
        self._warn(reason)

    def _forget(self) -> None:
        self._expected = False
        self._early.clear()

    def _warn(self, reason: str) -> None:
        """Once for each session."""
        if not self._warned:
            self._warned = True
            logger.warning(
                "the data channel of a session is closed: %s",
                reason,
                extra={"fields": {"session": self._session}},
            )
