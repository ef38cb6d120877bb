"""A speech-to-speech service: where it is, and how a conversation with it begins.

In: the settings. Out: an open WebSocket whose session is set up. Speaks OpenAI's Realtime API
(https://platform.openai.com/docs/api-reference/realtime): 24 kHz PCM both ways, turns found by the
service, answers asked for by us. Runs in ingest; owns nothing: who connects closes.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

from data.services import LlmService
from models.chat.history import Message
from models.chat.tools.call import ToolSpec
from models.service_error import ServiceError, answered

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

RATE: Final = 24_000
"""Hz, of both ways."""
SERVICE: Final = "llm"
_CONNECT_SECONDS: Final = 10.0
_MOST_BYTES: Final = 16_000_000
"""Of one event."""
_ROLES: Final = {"user": "input_text", "assistant": "output_text", "system": "input_text"}


class RealtimeLink:
    """One service; may be connected to once for each session."""

    def __init__(self, service: LlmService) -> None:
        """Connects to nothing yet. Raise ValueError when `service` has no URL or no model."""
        for name, value in (("url", service.url), ("model", service.model)):
            if not value:
                raise ValueError(f"the LLM service has no {name}: set llm.{name}")
        self._service = service
        parts = urlsplit(f"{service.url.rstrip('/')}/realtime?model={quote(service.model)}")
        scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
        self._url = urlunsplit(parts._replace(scheme=scheme))

    async def connect(
        self, tools: Sequence[ToolSpec], history: Sequence[Message]
    ) -> "ClientConnection":
        """A conversation that goes on with `history`. Raise ServiceError."""
        from websockets.asyncio.client import connect  # noqa: PLC0415 - only who asks
        from websockets.exceptions import (  # noqa: PLC0415
            ConnectionClosed,
            InvalidHandshake,
            InvalidStatus,
        )

        key = self._service.key
        try:
            socket = await connect(
                self._url,
                additional_headers={"Authorization": f"Bearer {key}"} if key else {},
                open_timeout=min(self._service.first_seconds, _CONNECT_SECONDS),
                max_size=_MOST_BYTES,
            )
            await socket.send(json.dumps(self._set_up(tools, history)))
            for message in history:
                if message["role"] != "system":
                    await socket.send(json.dumps(text_item(message["role"], message["content"])))
        except InvalidStatus as refusal:
            answer = refusal.response
            text = (answer.body or b"").decode(errors="replace")
            wait = answer.headers.get("Retry-After")
            raise answered(SERVICE, answer.status_code, text, wait, key) from refusal
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed) as lost:
            why = f"cannot be reached ({type(lost).__name__})"
            raise ServiceError(SERVICE, "down", why) from lost
        return socket

    def _set_up(self, tools: Sequence[ToolSpec], history: Sequence[Message]) -> dict[str, Any]:
        service = self._service
        format_ = {"type": "audio/pcm", "rate": RATE}
        heard: dict[str, Any] = {
            "format": format_,
            "transcription": {"model": service.transcription},
            "turn_detection": {
                "type": "server_vad",
                "create_response": False,
                "interrupt_response": False,
            },
        }
        said: dict[str, Any] = {"format": format_}
        if service.voice:
            said["voice"] = service.voice
        session: dict[str, Any] = {
            "type": "realtime",
            "output_modalities": ["audio"],
            "audio": {"input": heard, "output": said},
            "tools": [
                {
                    "type": "function",
                    "name": spec.name,
                    "description": spec.description,
                    "parameters": dict(spec.parameters),
                }
                for spec in tools
            ],
        }
        prompt = "\n".join(one["content"] for one in history if one["role"] == "system")
        if prompt:
            session["instructions"] = prompt
        return {"type": "session.update", "session": session}


def text_item(role: str, text: str) -> dict[str, Any]:
    """The event that adds a message to the conversation."""
    content = {"type": _ROLES[role], "text": text}
    item = {"type": "message", "role": role, "content": [content]}
    return {"type": "conversation.item.create", "item": item}


def result_item(call: str, text: str) -> dict[str, Any]:
    """The event that says what a call gave."""
    item = {"type": "function_call_output", "call_id": call, "output": text}
    return {"type": "conversation.item.create", "item": item}
