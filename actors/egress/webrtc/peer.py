"""One session: a WebRTC connection to one client (RFC 8825), as a sink for its ticks.

Runs in the egress process's event loop; a shared executor does the encoding. Owns
the aiortc connection with its sockets, both tracks and encoders, the microphone and the
data channel it was given, and two timers; `close` frees them all, and so does an answer
that fails.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

from aiortc import RTCPeerConnection, RTCRtpSender

from actors.egress.options import MediaOptions, VideoCodec
from actors.egress.packet_tap import PacketTaps
from actors.egress.sink import Picture, Sound
from actors.egress.webrtc.audio_track import AudioTrack
from actors.egress.webrtc.bitrate import BitrateTarget
from actors.egress.webrtc.certificate import certified
from actors.egress.webrtc.codecs import PictureEncoder, open_encoder
from actors.egress.webrtc.event_channel import EventChannel
from actors.egress.webrtc.feedback import Feedback, FeedbackListener
from actors.egress.webrtc.first_burst import FirstBurst
from actors.egress.webrtc.liveness import Liveness
from actors.egress.webrtc.microphone import Microphone
from actors.egress.webrtc.negotiation import add_listener, add_track, configuration, negotiate
from actors.egress.webrtc.offer import MIME, Places, places_of, read_offer
from actors.egress.webrtc.pacer import Pacer
from actors.egress.webrtc.receive_guard import Dropped, guard_receiving
from actors.egress.webrtc.release import release
from actors.egress.webrtc.retransmission import RetransmissionLimit
from actors.egress.webrtc.timeline import Timeline
from actors.egress.webrtc.video_track import VideoTrack
from data.units import PLAYOUT_RATE, VIDEO_CLOCK
from runtime.errors import BadOffer
from runtime.messages import ConnectionCounts
from runtime.trace import PICTURE, SOUND

__all__ = ["BadOffer", "Peer"]

ENDED: Final = ("failed", "closed")


@dataclass(frozen=True, slots=True)
class ReturnPath:
    """What a client may have beside the two tracks that it is sent: without them, what it would
    say is declined, and its data channels are not looked at."""

    microphone: Microphone
    channel: EventChannel


def _nobody(_: str) -> None:
    """Hears of a state once nobody does."""


class Peer:
    """Sends ticks to the client whose offer it answered, and listens if it is given a `ReturnPath`.

    `on_state` hears each change of state once: "connected", "disconnected" (silent
    for a while, may come back), "failed" and "closed". After either of the last two
    nothing is sent any more, and the owner calls `close`.
    """

    def __init__(
        self,
        size: tuple[int, int],
        options: MediaOptions,
        on_state: Callable[[str], None],
        executor: Executor,
        on_sent: Callable[[str, int], None] = lambda kind, tick: None,
        back: ReturnPath | None = None,
        dropped: Dropped = lambda kind, error: None,
    ) -> None:
        """`size` is the pictures' (width, height); `executor`'s threads encode.

        `on_sent` hears of each tick as its sound, and its picture, is sent (runtime.trace),
        `dropped` of each packet of the client that cannot be read."""
        self.state = "new"
        self.broken: BaseException | None = None
        """Why an encoder failed, if one did."""
        self._size, self._options, self._executor = size, options, executor
        self._on_state = on_state
        self._back, self._dropped = back, dropped
        self._bitrate = BitrateTarget(options.bitrate, options.bitrate_min, options.bitrate_max)
        self._pacer = Pacer(self._pace, self._burst_sent)
        self._burst: FirstBurst | None = None
        self._again = RetransmissionLimit()
        self._timeline = Timeline()
        self._connection: RTCPeerConnection | None = None
        self._on_sent = on_sent
        self._pictures = VideoTrack(
            size,
            self._bitrate,
            executor,
            self._break,
            lambda tick: on_sent(PICTURE, tick),
            self._is_way_full,
        )
        self._encoder: PictureEncoder | None = None
        self._sound: AudioTrack | None = None
        self._sender: RTCRtpSender | None = None
        self._feedback: Feedback | None = None
        self._liveness: Liveness | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._last_tick: int | None = None
        self._closing: asyncio.Task[None] | None = None

    @property
    def dropped_pictures(self) -> int:
        """Pictures that a newer one overtook, or that an interrupt made stale."""
        return self._pictures.dropped

    @property
    def keyframes(self) -> int:
        """Keyframes sent so far."""
        return self._pictures.keyframes

    @property
    def target_bitrate(self) -> int:
        """Bit/s that the pictures may take now."""
        return self._bitrate.target

    def counts(self, session: str) -> ConnectionCounts:
        """What went to the client so far, and what it says of the way."""
        return ConnectionCounts(
            session,
            self._pictures.packets.taken_bytes,
            self._sound.packets.taken_bytes if self._sound else 0,
            self._bitrate.target,
            self._pictures.dropped,
            self._feedback.lost if self._feedback else None,
            self.round_trip,
        )

    @property
    def round_trip(self) -> float | None:
        """Seconds to the client and back, by its last report."""
        return self._feedback.round_trip if self._feedback else None

    @property
    def taps(self) -> PacketTaps:
        """See `Sink.taps`."""
        return self._pictures.taps

    async def answer(self, sdp: str, kind: str) -> tuple[str, str]:
        """Answer the client's offer, and begin to connect. Called once.

        Returns (sdp, "answer"). Raises BadOffer with a reason, or NotReady when this
        machine has no address; nothing is left open then.
        """
        if self._connection is not None or self._closing is not None:
            raise RuntimeError("this peer has answered an offer already, or is closed")
        sdp, codec = read_offer(sdp, kind, self._options.prefer)
        self.taps.codec = codec
        connection = certified(RTCPeerConnection(configuration(self._options)))
        self._connection = connection
        self._attach(connection, codec, places_of(sdp))
        loop = asyncio.get_running_loop()
        try:
            answer = await negotiate(connection, sdp)
            if self._back:
                self._back.channel.expect(connection.sctp, self._dropped)
            guard_receiving(connection, self._dropped)
            self._encoder = await loop.run_in_executor(
                self._executor, open_encoder, codec, self._size, self._options
            )
        except BaseException:
            await self._abandon()
            raise
        if self.state == "new" and self._closing is None:
            self._deadline = loop.call_later(self._options.connect_seconds, self._fail)
        return answer.sdp, answer.type

    def play(self, tick: int, sound: Sound, picture: Picture, repeat: bool) -> None:
        """See `Sink.play`. Until a client listens, only the newest picture is kept."""
        if self._last_tick is not None and tick <= self._last_tick:
            raise ValueError(f"tick {tick} after tick {self._last_tick}: ticks only go forward")
        self._last_tick = tick
        self._timeline.begin(tick)
        if self.state in ENDED:
            return
        self._pictures.show(tick, picture, repeat)
        if self._sound and self._liveness:
            self._sound.use(self._bitrate.sound)
            self._sound.play(tick, sound)
            self._liveness.sent()

    async def ready(self) -> None:
        """Return at once: a session's pace is its clock's."""

    def hush(self) -> None:
        """See `Sink.hush`."""
        self._pictures.hush()
        if self._sound:
            self._sound.hush()

    async def close(self) -> None:
        """Say goodbye to the client, and free everything. May be called again."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._end())
        await asyncio.shield(self._closing)

    def _attach(self, connection: RTCPeerConnection, codec: VideoCodec, places: Places) -> None:
        """Give the connection its two tracks, and listen to what comes back."""
        pictures, on_sent = self._pictures, self._on_sent
        sound = self._sound = AudioTrack(
            self._bitrate.sound, lambda tick: on_sent(SOUND, tick), self.taps.sound
        )
        back = self._back
        listens = back is not None and places.microphone is None
        audio = add_track(connection, sound, ("audio/opus",), places.audio, listens=listens)
        hearing = FeedbackListener(
            self._heard, report=lambda lost, trip: self._report(lost, trip, of_sound=True)
        )
        Feedback(audio.sender, hearing, sound.packets, PLAYOUT_RATE, self._timeline)
        if back:
            ear = add_listener(connection, places.microphone) if places.microphone else audio
            back.microphone.listen(ear.receiver, self._heard)
            connection.on("datachannel", back.channel.opened)
        names = (MIME[codec], "video/rtx")
        sender = self._sender = add_track(connection, pictures, names, places.video).sender
        listener = FeedbackListener(
            self._heard,
            pictures.ask_keyframe,
            self._bitrate.estimate,
            self._resend,
            self._report,
        )
        self._feedback = Feedback(sender, listener, pictures.packets, VIDEO_CLOCK, self._timeline)
        connection.on("connectionstatechange", self._connection_changed)

    def _connection_changed(self) -> None:
        assert self._connection
        state = self._connection.connectionState
        if state == "connected" and self.state == "new":
            self._begin()
        elif state in ENDED:
            self._move(state)

    def _begin(self) -> None:
        """A client listens: watch it, and send."""
        assert self._encoder
        assert self._sender
        ice = self._sender.transport.transport.iceGatherer._connection
        self._burst = FirstBurst(ice, self._burst_through)
        self._bitrate.begin()
        self._pacer.attach(self._sender)
        self._cancel_deadline()
        self._liveness = Liveness(
            asyncio.get_running_loop(),
            self._options.quiet_seconds,
            self._options.lost_seconds,
            on_quiet=lambda: self._move("disconnected"),
            on_back=lambda: self._move("connected"),
            on_lost=self._fail,
        )
        self._pictures.begin(self._encoder)
        self._move("connected")

    def _move(self, state: str) -> None:
        if state == self.state or self.state == "closed":
            return
        if self.state == "failed" and state != "closed":
            return
        self.state = state
        if state in ENDED:
            self._stop_timers()
        self._on_state(state)

    def _fail(self) -> None:
        self._move("failed")

    def _pace(self) -> int | None:
        """Bit/s at which pictures' packets leave, None where they do not wait."""
        probing = self._burst is not None and self._burst.waiting
        return self._bitrate.target if self._bitrate.narrow and not probing else None

    def _burst_sent(self, size: int) -> None:
        if self._burst:
            self._burst.sent(size)

    def _burst_through(self, size: int, seconds: float) -> None:
        """The first picture is there: show the next as well as the way allows."""
        self._bitrate.burst(size, seconds)
        self._pacer.hold(seconds)
        self._pictures.go_on(anew=not self._bitrate.narrow)

    def _is_way_full(self) -> bool:
        return self._pacer.busy or (self._burst is not None and self._burst.waiting)

    def _report(self, lost: float, round_trip: float | None, *, of_sound: bool = False) -> None:
        self._bitrate.report(lost, round_trip, of_sound=of_sound)
        self._pacer.hold(self._bitrate.queue)

    def _resend(self, missing: list[int]) -> list[int]:
        """Which of the packets that a NACK names are sent again."""
        self._bitrate.missing(len(missing))
        return self._again.take(missing, self._bitrate.target, time.monotonic())

    def _break(self, error: BaseException) -> None:
        self.broken = error
        self._fail()

    def _heard(self) -> None:
        if self._liveness:
            self._liveness.heard()

    def _cancel_deadline(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _stop_timers(self) -> None:
        self._cancel_deadline()
        if self._liveness:
            self._liveness.close()
            self._liveness = None

    async def _abandon(self) -> None:
        """Free what a failed answer opened, without a word to the owner."""
        self.state = "closed"
        await self.close()

    async def _end(self) -> None:
        if self._burst:
            self._burst.close()
            self._burst = None
        self._pacer.close()
        if self._connection:
            await self._connection.close()
            release(self._connection)
        if self._back:
            self._back.microphone.close()
            self._back.channel.close()
        if self._sound:
            self._sound.close()
        await self._pictures.close()
        self._encoder = self._feedback = self._connection = None
        self._stop_timers()
        self._move("closed")
        self._on_state = _nobody
