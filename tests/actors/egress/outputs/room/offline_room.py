"""The process of a room as egress starts it, but for the room: that is in it, with an agent.

The agent says half a second as soon as it sees a picture published, holds the face when it is told
that it is heard, goes on, and leaves when the end is told.
"""

import asyncio
import json
import sys

from livekit import rtc

from actors.egress.outputs.room.room_agent import AUDIO_TOPIC, FINISHED, HOLD, RESUME, STARTED
from actors.egress.outputs.room.room_process import ON_BEHALF, main
from tests.actors.egress.outputs.room.fake_room import FakeRoom, FakeServer
from tests.actors.egress.outputs.room.heard_track import LOUD

PIECES = 13


class SpeakingAgent:
    """Who has the face."""

    def __init__(self, server: FakeServer) -> None:
        self.room = FakeRoom(server, "agent")
        self.room.on("track_published", self._seen)
        self._tasks: set[asyncio.Task[None]] = set()
        local = self.room.local_participant
        local.register_rpc_method(STARTED, lambda call: self._do(self._hold()))
        local.register_rpc_method(FINISHED, self._finished)

    def _do(self, work: "asyncio.Future[None] | object") -> str:
        self._tasks.add(asyncio.ensure_future(work))  # type: ignore[arg-type]
        return "ok"

    def _seen(self, publication: rtc.TrackPublication, _: object) -> None:
        if publication.kind == rtc.TrackKind.KIND_VIDEO:
            self._do(self._speak())

    async def _speak(self) -> None:
        stream = await self.room.local_participant.stream_bytes(
            "s",
            topic=AUDIO_TOPIC,
            destination_identities=["face"],
            attributes={"sample_rate": "48000", "num_channels": "1"},
        )
        for _ in range(PIECES):
            await stream.write(LOUD)
        await stream.aclose()

    async def _hold(self) -> None:
        for method in (HOLD, RESUME):
            await self.room.local_participant.perform_rpc(
                destination_identity="face", method=method, payload=""
            )

    def _finished(self, call: rtc.RpcInvocationData) -> str:
        told = json.loads(call.payload)
        if round(told["playback_position"], 3) != PIECES * 0.04 or told["interrupted"]:
            sys.exit(f"the agent was told {told}")
        return self._do(self.room.disconnect())


def a_room() -> rtc.Room:
    """The face's, in which the agent is already."""
    server = FakeServer()
    agent = SpeakingAgent(server)
    agent.room.connected = True
    server.entered(agent.room)
    face = FakeRoom(server, "face", {ON_BEHALF: "agent"})
    server.kept = agent
    return face.real


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), a_room)
