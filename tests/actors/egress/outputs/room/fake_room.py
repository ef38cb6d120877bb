"""A LiveKit room without a server: participants of one process who call each other's methods and
send each other byte streams, in order, as the reliable data channel does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from livekit import rtc

Handler = Callable[[rtc.RpcInvocationData], str | Awaitable[str]]


class FakeReader:
    """The receiving end of a byte stream."""

    def __init__(self, attributes: dict[str, str]) -> None:
        self.info = SimpleNamespace(attributes=attributes, stream_id="s")
        self.closed = False
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()

    def push(self, chunk: bytes | None) -> None:
        self._chunks.put_nowait(chunk)

    def __aiter__(self) -> "FakeReader":
        return self

    async def __anext__(self) -> bytes:
        chunk = await self._chunks.get()
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    def close(self) -> None:
        self.closed = True


class FakeWriter:
    """The sending end."""

    def __init__(self, reader: FakeReader) -> None:
        self._reader = reader

    async def write(self, data: bytes) -> None:
        self._reader.push(data)

    async def aclose(self) -> None:
        self._reader.push(None)


@dataclass
class FakeParticipant:
    """One who is there, as the others and itself see it."""

    room: "FakeRoom"
    identity: str
    attributes: dict[str, str]
    track_publications: dict[str, Any] = field(default_factory=dict)
    kind: int = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
    state: int = rtc.ParticipantState.PARTICIPANT_STATE_ACTIVE
    _rpc_handlers: dict[str, Handler] = field(default_factory=dict)

    def register_rpc_method(self, method: str, handler: Handler) -> None:
        self._rpc_handlers[method] = handler

    def unregister_rpc_method(self, method: str) -> None:
        self._rpc_handlers.pop(method, None)

    async def perform_rpc(
        self, *, destination_identity: str, method: str, payload: str, **_: object
    ) -> str:
        self.room.server.calls.append((method, payload))
        other = self.room.server.rooms.get(destination_identity)
        handler = other.local_participant._rpc_handlers.get(method) if other else None
        if handler is None:
            code = rtc.RpcError.ErrorCode
            kind = code.UNSUPPORTED_METHOD if other else code.RECIPIENT_NOT_FOUND
            raise rtc.RpcError._built_in(kind)
        answer = handler(rtc.RpcInvocationData("r", self.identity, payload, 10.0, method))
        return answer if isinstance(answer, str) else await answer

    async def stream_bytes(
        self,
        name: str,
        *,
        topic: str,
        destination_identities: list[str],
        attributes: dict[str, str],
    ) -> FakeWriter:
        reader = FakeReader(attributes)
        for identity in destination_identities:
            self.room.server.rooms[identity].byte_streams[topic](reader, self.identity)
        return FakeWriter(reader)

    async def publish_track(self, track: rtc.LocalTrack, options: rtc.TrackPublishOptions) -> Any:
        publication = SimpleNamespace(
            sid=f"TR_{len(self.track_publications)}",
            kind=track.kind,
            track=track,
            options=options,
            wait_for_subscription=_at_once,
        )
        self.track_publications[publication.sid] = publication
        self.room.server.published(self, publication)
        self.room.emit("local_track_published", publication, track)
        return publication

    async def unpublish_track(self, sid: str) -> None:
        self.track_publications.pop(sid, None)


async def _at_once() -> None:
    """Everybody has it."""


class FakeRoom(rtc.EventEmitter[str]):
    """What a participant has of the room."""

    def __init__(
        self, server: "FakeServer", identity: str, attributes: dict[str, str] | None = None
    ) -> None:
        super().__init__()
        self.server, self.name = server, "a-room"
        self.byte_streams: dict[str, Callable[[Any, str], None]] = {}
        self.local_participant = FakeParticipant(self, identity, attributes or {})
        self.connected = False

    async def connect(self, url: str, token: str, options: rtc.RoomOptions | None = None) -> None:
        if self.server.refusal:
            raise rtc.ConnectError(self.server.refusal)
        self.connected = True
        self.server.entered(self)

    async def disconnect(self) -> None:
        if self.connected:
            self.connected = False
            self.server.left(self)

    def isconnected(self) -> bool:
        return self.connected

    @property
    def remote_participants(self) -> dict[str, FakeParticipant]:
        others = self.server.rooms.items()
        return {name: room.local_participant for name, room in others if room is not self}

    def register_byte_stream_handler(self, topic: str, handler: Callable[[Any, str], None]) -> None:
        self.byte_streams[topic] = handler

    def unregister_byte_stream_handler(self, topic: str) -> None:
        self.byte_streams.pop(topic, None)

    @property
    def real(self) -> rtc.Room:
        """For who wants one."""
        return cast(rtc.Room, self)


class FakeServer:
    """All participants; `calls`: every method that was called, with its payload."""

    def __init__(self) -> None:
        self.rooms: dict[str, FakeRoom] = {}
        self.calls: list[tuple[str, str]] = []
        self.refusal = ""
        self.kept: object = None

    async def join(self, identity: str, **attributes: str) -> FakeRoom:
        """A participant who is there."""
        room = FakeRoom(self, identity, attributes)
        await room.connect("ws://nowhere", "token")
        return room

    def entered(self, room: FakeRoom) -> None:
        self.rooms[room.local_participant.identity] = room
        for event in ("participant_connected", "participant_active"):
            self._others(room, event, room.local_participant)
        room.emit("connection_state_changed", rtc.ConnectionState.CONN_CONNECTED)

    def left(self, room: FakeRoom) -> None:
        self.rooms.pop(room.local_participant.identity, None)
        self._others(room, "participant_disconnected", room.local_participant)
        room.emit("connection_state_changed", rtc.ConnectionState.CONN_DISCONNECTED)

    def published(self, whose: FakeParticipant, publication: Any) -> None:
        self._others(whose.room, "track_published", publication, whose)

    def _others(self, room: FakeRoom, event: str, *args: Any) -> None:
        for other in list(self.rooms.values()):
            if other is not room:
                other.emit(event, *args)
