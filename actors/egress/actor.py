"""egress: pictures and sound go out, to a WebRTC peer or into a file.

In: the picture ring of every session, SDP offers of its caller and its viewers, where its outputs
lead; its cues, and events for its data channel. Out: RTP, or an MP4; what the client's microphone
hears; and the events of the session in time with the ear. Process: see actors/table.py; there may
be several. Owns the sinks and the encoders' threads.
"""

import asyncio
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from actors.egress.audience import Audience
from actors.egress.connection_metrics import ConnectionMetrics
from actors.egress.file.recorder import Recorder
from actors.egress.file.subtitle_files import SubtitleFiles
from actors.egress.ice.ice_server_watch import IceServerWatch
from actors.egress.latency import LatencyMetrics
from actors.egress.live_playout import NO_PICTURE, LivePlayout
from actors.egress.marking.film_marker import FOLDER, FilmMarker
from actors.egress.options import MediaOptions
from actors.egress.outputs.output import NO_LINE
from actors.egress.packet_tap import PacketTaps
from actors.egress.playout_cursor import PlayoutCursor
from actors.egress.recording.session_recordings import SessionRecordings
from actors.egress.sink import Picture, Sink, Sound
from actors.egress.webrtc.event_channel import EventChannel
from actors.egress.webrtc.idle_loop import IdleLoops
from actors.egress.webrtc.microphone import Microphone, MicrophoneCounts
from actors.egress.webrtc.peer import Peer, ReturnPath
from actors.egress.webrtc.receive_guard import DroppedPackets
from actors.egress.webrtc.warm_up import warm_up
from data.units import TICKS_PER_SECOND
from runtime import allocator
from runtime.actor import ActorSession, Context, unknown
from runtime.control_words import ControlWord
from runtime.errors import UnknownSession
from runtime.idle_place import NOT_IDLE
from runtime.layouts import Flag
from runtime.messages import (
    ActorEvent,
    ActorSettings,
    CaptionCue,
    CloseOutput,
    ConnectionCounts,
    ConnectionsRead,
    Done,
    EndRecording,
    EndViewer,
    MessageBody,
    OpenOutput,
    ReadConnections,
    ReadTrace,
    SdpAnswer,
    SdpOffer,
    SendEvent,
    StartRecording,
    TraceRead,
)
from runtime.ports import Mark
from runtime.tasks import Tasks
from runtime.trace import FlightRecorder

ENCODERS: Final = os.cpu_count() or 1
"""Threads."""
OVER: Final = frozenset({"failed", "closed"})


class Egress:
    """The actor: a sink for every session."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._options = _options(context.settings)
        self._tasks = Tasks(context)
        self._encoders = ThreadPoolExecutor(ENCODERS, "encoder")
        self._latency = LatencyMetrics(context.registry)
        self._microphones = MicrophoneCounts(context.registry)
        self._dropped = DroppedPackets(context.registry)
        self._flight = FlightRecorder()
        self._connections = ConnectionMetrics(context.registry, self._counts)
        self._idle_loops = IdleLoops(Path(context.settings.cache_dir), self._options)
        self._sinks: dict[str, Sink] = {}
        self._audiences: dict[str, Audience] = {}
        self._ears: dict[str, PlayoutCursor] = {}
        self._playouts: dict[str, LivePlayout] = {}
        self._channels: dict[str, EventChannel] = {}
        self._recordings = SessionRecordings(context.emit, self._options.film_marker)
        self._subtitles: dict[str, SubtitleFiles] = {}

    async def start(self) -> None:
        """Rehearse a session: an encoder is opened with each, its code is loaded now. All of the
        encoders' threads are there from now on, however many sessions come."""
        allocator.give_back()
        met = threading.Barrier(ENCODERS)
        loop = asyncio.get_running_loop()
        await asyncio.gather(
            *(loop.run_in_executor(self._encoders, met.wait) for _ in range(ENCODERS))
        )
        self._options.ice_servers.start()
        await warm_up(self._options, self._encoders)

    async def open(self, session: ActorSession) -> None:
        if (sink := self._sink(session)) is not None:
            self._sinks[session.id] = sink
        self._ears[session.id] = PlayoutCursor(session, self._told)
        if session.spec.live:
            self._audiences[session.id] = self._audience(session)
            leave = partial(self._leave, session)
            playout = self._playouts[session.id] = LivePlayout(session, leave)
            self._tasks.begin(session.id, playout.run())
        else:
            if session.spec.subtitles:
                self._subtitles[session.id] = SubtitleFiles(Path(session.spec.record))
            self._tasks.begin(session.id, self._record(session))

    async def close(self, session: str) -> None:
        await self._tasks.end(session)
        await self._recordings.close(session)
        self._ears.pop(session, None)
        self._subtitles.pop(session, None)
        self._playouts.pop(session, None)
        self._channels.pop(session, None)
        if (audience := self._audiences.pop(session, None)) is not None:
            await audience.close()
        sink = self._sinks.pop(session, None)
        if isinstance(sink, Peer):
            self._connections.ended(sink.counts(session))
        if isinstance(sink, Recorder):
            await sink.abort()
        elif sink is not None:
            await sink.close()

    def flush(self, session: str) -> None:
        """The last reader first: what waits to be sent is not heard."""
        if session in self._sinks:
            self._sinks[session].hush()
        if session in self._audiences:
            self._audiences[session].hush()
            self._audiences[session].ticks.hush(self._ears[session].epoch)
        self._ears[session].flush()
        if session in self._playouts:
            self._playouts[session].flush()

    async def handle(self, request: MessageBody, descriptors: list[int]) -> MessageBody:
        match request:
            case ReadTrace():
                return TraceRead(self._flight.page(request.after))
            case ReadConnections():
                return ConnectionsRead(self._counts())
            case SdpOffer():
                return await self._answer(request)
            case EndViewer():
                await self._audience_of(request.session).unwatch(request.viewer)
                return Done()
            case OpenOutput():
                line = descriptors[0] if descriptors else NO_LINE
                audience = self._audience_of(request.session)
                audience.open_output(request.output, request.target, line)
                return Done()
            case CloseOutput():
                await self._audience_of(request.session).close_output(request.output)
                return Done()
            case CaptionCue():
                if request.session in self._ears:
                    self._ears[request.session].cue(request)
                return Done()
            case SendEvent():
                if request.session in self._channels:
                    self._channels[request.session].tell(request.text)
                return Done()
            case StartRecording():
                self._recordings.start(request, self._taps_of(request.session))
                return Done()
            case EndRecording():
                await self._recordings.end(request.session, request.why)
                return Done()
            case _:
                raise unknown(request, "egress")

    async def stop(self) -> None:
        self._options.ice_servers.close()
        self._encoders.shutdown(wait=False, cancel_futures=True)
        self._recordings.stop()
        self._idle_loops.close()

    async def _answer(self, request: SdpOffer) -> SdpAnswer:
        if request.viewer:
            audience = self._audience_of(request.session)
            answer = await audience.watch(request.viewer, request.sdp, request.type)
            return SdpAnswer(answer, "answer")
        peer = self._sinks.get(request.session)
        if not isinstance(peer, Peer):
            raise UnknownSession.named(request.session)
        return SdpAnswer(*await peer.answer(request.sdp, request.type))

    def _counts(self) -> list[ConnectionCounts]:
        peers = {name: sink for name, sink in self._sinks.items() if isinstance(sink, Peer)}
        return [peer.counts(name) for name, peer in peers.items()]

    def _taps_of(self, session: str) -> PacketTaps | None:
        """Whose packets are recorded: the caller's; without one, those that all share."""
        if session in self._sinks:
            return self._sinks[session].taps
        return self._audience_of(session).taps

    def _audience_of(self, session: str) -> Audience:
        if session not in self._audiences:
            raise UnknownSession.named(session)
        return self._audiences[session]

    def _audience(self, session: ActorSession) -> Audience:
        return Audience(
            session.id,
            session.spec.shape.sent,
            self._options,
            self._encoders,
            self._context.settings.max_viewers,
            self._context.emit,
            self._dropped.of(session.id),
        )

    def _sink(self, session: ActorSession) -> Sink | None:
        """What the session's caller gets it through; None where it has no caller."""
        spec = session.spec
        if not spec.caller:
            session.control.store(ControlWord.CONNECTED, 1)  # nobody is waited for
            return None
        if spec.record:
            return Recorder(Path(spec.record), spec.shape.sent, self._options)
        return Peer(
            spec.shape.sent,
            self._options,
            on_state=lambda state: self._changed(session, state),
            executor=self._encoders,
            on_sent=lambda kind, tick: self._flight.sent(spec.session, kind, tick),
            back=self._back(session),
            dropped=self._dropped.of(spec.session),
            idle_loop=partial(self._idle_loops.picture, spec.avatar, spec.mark),
        )

    def _back(self, session: ActorSession) -> ReturnPath:
        """A session's way back: its microphone's ring and its data channel."""
        channel = self._channels[session.id] = EventChannel(session.id)
        outlet, loop = session.outlets["mic"], asyncio.get_running_loop()
        return ReturnPath(Microphone(outlet, self._microphones, loop), channel)

    def _changed(self, session: ActorSession, state: str) -> None:
        if state == "connected":
            session.control.store(ControlWord.CONNECTED, 1)
        kind = "gone" if state in OVER else state
        self._context.emit(ActorEvent(session.id, kind, detail=state))

    def _told(self, event: ActorEvent) -> None:
        """The playout cursor tells something."""
        self._context.emit(event)
        self._recordings.told(event)
        if event.session in self._subtitles:
            self._subtitles[event.session].told(event)

    async def _record(self, session: ActorSession) -> None:
        """A recording: every tick as it comes, at the file's pace."""
        inlet, sink = session.inlets["picture"], self._sinks[session.id]
        while True:
            slot = await inlet.next()
            mark = inlet.mark(slot)
            repeat = bool(mark.flags & NO_PICTURE)
            self._leave(session, mark, slot["sound"], slot["picture"], repeat)
            inlet.release()
            if mark.tick % TICKS_PER_SECOND == 0:
                self._context.emit(ActorEvent(session.id, "progress", tick=mark.tick))
            await sink.ready()
            if Flag.FINAL in mark.flags:
                await sink.close()
                if session.id in self._subtitles:
                    await asyncio.to_thread(self._subtitles[session.id].write, mark.tick)
                self._context.emit(ActorEvent(session.id, "finished", tick=mark.tick))

    def _leave(
        self, session: ActorSession, mark: Mark, sound: Sound, picture: Picture, repeat: bool
    ) -> None:
        """A tick goes to the sink; then all that follow it are told."""
        if (sink := self._sinks.get(session.id)) is not None:
            idle = mark.frame if Flag.IDLE in mark.flags else NOT_IDLE
            sink.play(mark.tick, sound, picture, repeat=repeat, idle=idle)
        if (audience := self._audiences.get(session.id)) is not None:
            shown = None if Flag.SOUND_ONLY in mark.flags else picture
            audience.play(mark.tick, sound, shown, repeat=repeat)
            audience.ticks.play(mark, sound, None if repeat else shown)
        left = time.monotonic_ns()
        self._ears[session.id].heard(mark, left)
        self._flight.left(session.id, mark, left)
        first = Flag.FIRST in mark.flags
        self._latency.observe(mark.stamps, left, first=first, spoken=mark.utterance != 0)
        if Flag.SOUND_ONLY in mark.flags:
            self._latency.without_picture()


def _options(settings: ActorSettings) -> MediaOptions:
    """The media options that the settings ask for."""
    bitrate = settings.bitrate_kbps * 1000
    defaults = MediaOptions()
    return MediaOptions(
        prefer="h264" if settings.codec == "h264" else "vp8",
        bitrate=bitrate,
        bitrate_min=min(defaults.bitrate_min, bitrate),
        bitrate_max=max(defaults.bitrate_max, bitrate),
        ice_servers=IceServerWatch(settings.ice_servers),
        network=settings.network,
        film_marker=_film_marker(settings),
    )


def _film_marker(settings: ActorSettings) -> FilmMarker | None:
    marking = settings.marking
    if not marking.films:
        return None
    return FilmMarker(Path(settings.cache_dir) / FOLDER, marking.certificate, marking.key)
