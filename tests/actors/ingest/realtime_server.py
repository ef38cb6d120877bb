"""A real WebSocket server that speaks OpenAI's Realtime API, as a test decides."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from websockets.asyncio.server import ServerConnection, serve

RATE = 24_000
TONE = (np.sin(np.arange(RATE // 10) / 8) * 12_000).astype("<i2").tobytes()
"""100 ms."""


@dataclass
class RealtimeServer:
    """script: what it says to an event of this type. sent: all events that came, but sound."""

    script: dict[str, Callable[["RealtimeServer", dict[str, Any]], Any]] = field(
        default_factory=dict
    )
    url: str = ""
    sent: list[dict[str, Any]] = field(default_factory=list)
    heard: int = 0
    """Samples of the microphone."""
    connections: int = 0
    socket: ServerConnection | None = None
    arrived: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    responses: int = 0

    async def handle(self, socket: ServerConnection) -> None:
        self.connections += 1
        self.socket = socket
        assert socket.request is not None and "model=m" in socket.request.path
        await self.say("session.created", session={})
        async for message in socket:
            event = json.loads(message)
            if event["type"] == "input_audio_buffer.append":
                self.heard += len(base64.b64decode(event["audio"])) // 2
            else:
                self.sent.append(event)
                self.arrived.put_nowait(event)
            if (answer := self.script.get(event["type"])) is not None:
                await answer(self, event)

    async def say(self, kind: str, **fields: Any) -> None:
        assert self.socket is not None
        await self.socket.send(json.dumps({"type": kind, "event_id": "e", **fields}))

    async def until(self, kind: str) -> dict[str, Any]:
        """The next event of this type."""
        while (event := await self.arrived.get())["type"] != kind:
            pass
        return event

    async def turn(self, item: str, text: str) -> None:
        """The person has spoken."""
        await self.say("input_audio_buffer.speech_started", item_id=item, audio_start_ms=0)
        await self.say("input_audio_buffer.speech_stopped", item_id=item, audio_end_ms=900)
        await self.say("input_audio_buffer.committed", item_id=item)
        kind = "conversation.item.input_audio_transcription"
        await self.say(f"{kind}.delta", item_id=item, content_index=0, delta=text[:3])
        await self.say(f"{kind}.completed", item_id=item, content_index=0, transcript=text)

    async def begins(self, request: dict[str, Any]) -> str:
        """A response; its id."""
        self.responses += 1
        id_ = f"r{self.responses}"
        metadata = request["response"].get("metadata")
        await self.say("response.created", response={"id": id_, "metadata": metadata})
        return id_

    async def speaks(self, response: str, item: str, text: str, pieces: int) -> None:
        """Some words, and pieces of 100 ms."""
        same = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
        await self.say("response.output_audio_transcript.delta", delta=text, **same)
        for _ in range(pieces):
            audio = base64.b64encode(TONE).decode()
            await self.say("response.output_audio.delta", delta=audio, **same)

    async def said(self, response: str, item: str, text: str) -> None:
        """All words of a message."""
        same = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
        await self.say("response.output_audio_transcript.done", transcript=text, **same)

    async def ends(
        self, response: str, status: str = "completed", *output: dict[str, Any], **more: Any
    ) -> None:
        whole = {"id": response, "status": status, "output": list(output), **more}
        await self.say("response.done", response=whole)


@asynccontextmanager
async def realtime_server(**script: Any) -> AsyncIterator[RealtimeServer]:
    """Events by their types, with _ for each full stop."""
    made = RealtimeServer({kind.replace("__", "."): answer for kind, answer in script.items()})
    async with serve(made.handle, "127.0.0.1", 0) as server:
        made.url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/v1"
        yield made
