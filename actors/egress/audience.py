"""All who see one session beside its caller: viewers over WebRTC, and outputs.

In: the session's ticks, viewers' offers, where outputs lead. Out: SDP answers, RTP; news of how
many watch and how each output is. Runs in the egress process's event loop; owns the shared streams,
the viewers and the outputs; `close` frees them.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Executor

from actors.egress.options import MediaOptions, VideoCodec
from actors.egress.outputs.output import NO_LINE, Output
from actors.egress.outputs.room.tick_taps import TickTaps
from actors.egress.shared.closings import Closings
from actors.egress.shared.shared_streams import SharedStreams, StandingTaps
from actors.egress.sink import Picture, Sound
from actors.egress.webrtc.receive_guard import Dropped
from actors.egress.webrtc.rtp_payloads import RtpPayloads
from actors.egress.webrtc.timeline import Timeline
from actors.egress.webrtc.viewer import ENDED, Viewer
from actors.egress.webrtc.viewer_offer import read_viewer_offer
from runtime.errors import BadOffer, TooManyViewers, UnknownOutput, UnknownViewer
from runtime.messages import ActorNews, OutputState, OutputTarget, ViewerCount

logger = logging.getLogger(__name__)


class Audience:
    """Of one session."""

    def __init__(
        self,
        session: str,
        size: tuple[int, int],
        options: MediaOptions,
        executor: Executor,
        most: int,
        emit: Callable[[ActorNews], None],
        dropped: Dropped,
    ) -> None:
        """`most` viewers at once; `emit` hears what the supervisor is to know."""
        self._session, self._size, self._most = session, size, most
        self._options = options
        self._emit, self._dropped = emit, dropped
        self._streams = SharedStreams(size, options, executor, self._broken)
        self.taps = StandingTaps(self._streams, size, options.prefer)
        """The shared packets, in the codec that the settings prefer."""
        self.ticks = TickTaps(size)
        """The session's ticks, uncoded."""
        self._timeline = Timeline()
        self._payloads: dict[VideoCodec, RtpPayloads] = {}
        self._viewers: dict[str, Viewer] = {}
        self._outputs: dict[str, Output] = {}
        self._watching: set[str] = set()
        self._leaving = Closings()

    def play(self, tick: int, sound: Sound, picture: Picture | None, *, repeat: bool) -> None:
        """One tick leaves (see `SharedStreams.play`); never blocks."""
        self._timeline.begin(tick)
        self._streams.play(tick, sound, picture, repeat=repeat)

    def hush(self) -> None:
        """An interrupt."""
        self._streams.hush()

    async def watch(self, name: str, sdp: str, kind: str) -> str:
        """Answer the offer of the new viewer `name`.

        Raises BadOffer, NoCommonCodec, NotReady, and TooManyViewers."""
        if kind != "offer":
            raise BadOffer(f"the description's type is {kind!r}: only 'offer' is answered")
        if len(self._viewers) >= self._most:
            raise TooManyViewers(
                f"{self._most} watch this session already (setting max_viewers); try again later"
            )
        offer = read_viewer_offer(sdp, (*self._streams.codecs, self._options.prefer))
        payloads = None if offer.codec is None else self._payloads_of(offer.codec)
        viewer = self._viewers[name] = Viewer(
            self._options,
            self._timeline,
            lambda state: self._changed(name, viewer, state),
            self._streams.ask_keyframe,
            self._dropped,
        )
        try:
            return await viewer.answer(offer, payloads)
        except BaseException:
            self._viewers.pop(name, None)
            raise

    async def unwatch(self, name: str) -> None:
        """This viewer leaves. Raises UnknownViewer."""
        viewer = self._viewers.get(name)
        if viewer is None:
            raise UnknownViewer(f"nobody with the id {name!r} watches this session: they have left")
        await viewer.close()

    def open_output(self, name: str, target: OutputTarget, line: int = NO_LINE) -> None:
        """Send the session there too; how that goes is news. `line`: as Output has it."""
        self._outputs[name] = Output(
            target,
            self._size,
            self._streams,
            self._options,
            self._timeline,
            self.ticks,
            lambda state, why, attempt: self._emit(
                OutputState(self._session, name, state, why, attempt)
            ),
            line,
        )

    async def close_output(self, name: str) -> None:
        """End an output. Raises UnknownOutput."""
        output = self._outputs.pop(name, None)
        if output is None:
            raise UnknownOutput(f"no output has the id {name!r}: it has ended, or never was")
        await output.close()

    async def close(self) -> None:
        """The session is over for all of them."""
        for output in list(self._outputs.values()):
            await output.close()
        self._outputs.clear()
        for viewer in list(self._viewers.values()):
            await viewer.close()
        await self._leaving.finished()
        await self._streams.close()

    def _payloads_of(self, codec: VideoCodec) -> RtpPayloads:
        if codec not in self._payloads:
            self._payloads[codec] = RtpPayloads(codec)
        return self._payloads[codec]

    def _changed(self, name: str, viewer: Viewer, state: str) -> None:
        """A viewer gets the streams once it is connected, and is forgotten once it is gone."""
        if state == "connected":
            self._watching.add(name)
            self._streams.add(viewer, viewer.codec, sound=viewer.hears)
            self._emit(ViewerCount(self._session, len(self._watching)))
        elif state in ENDED:
            self._viewers.pop(name, None)
            self._leaving.start(viewer.close())
            if name in self._watching:
                self._watching.remove(name)
                self._streams.remove(viewer, viewer.codec, sound=viewer.hears)
                self._emit(ViewerCount(self._session, len(self._watching)))

    def _broken(self, error: BaseException) -> None:
        """An encoder failed: who watches what it made is told by its silence, and may come
        again."""
        logger.error(
            "a shared stream's encoder failed",
            exc_info=error,
            extra={"fields": {"session": self._session}},
        )
        for viewer in list(self._viewers.values()):
            self._leaving.start(viewer.close())
