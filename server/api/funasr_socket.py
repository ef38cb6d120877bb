"""One client of WS /api/asr: sound up, its words down, as FunASR's own clients speak.

In: `{"is_speaking": true, "mode": …}`, then int16 little-endian mono at 16 kHz, then
`{"is_speaking": false}`. Out: `{"text", "mode", "is_final": true, "timestamp": null}` for each such
sound. Source: FunASR's websocket protocol (github.com/modelscope/FunASR, runtime/docs), of which
LiveTalking's pages use this part. Runs in the supervisor's process; owns the sound that has come.
"""

import json
from typing import Final

from starlette import status
from starlette.websockets import WebSocket, WebSocketState

from data.units import FEATURE_RATE
from runtime.errors import RingtalkError
from server.sessions.machine_paths import MachinePaths
from server.sessions.service import SessionService

LONGEST_SECONDS: Final = 120
"""Of one sound; more closes the socket."""
SHORTEST: Final = FEATURE_RATE * 2 // 50
"""Bytes of 20 ms: in less there is no word."""
_MODES: Final = {"2pass": "2pass-offline", "online": "online", "offline": "offline"}
_MOST_REASON: Final = 120
"""Bytes of a close frame's reason (RFC 6455, 5.5)."""


class FunAsrSocket:
    """An accepted socket; `run` until the client closes it."""

    def __init__(self, websocket: WebSocket, service: SessionService, paths: MachinePaths) -> None:
        self._socket = websocket
        self._service = service
        self._paths = paths
        self._sound = bytearray()
        self._mode = "offline"

    async def run(self) -> None:
        """Take messages; what is no JSON object is left out, as by LiveTalking."""
        while (message := await self._socket.receive())["type"] != "websocket.disconnect":
            if (sound := message.get("bytes")) is not None:
                self._sound += sound
                if len(self._sound) > LONGEST_SECONDS * FEATURE_RATE * 2:
                    why = f"a sound may last {LONGEST_SECONDS} s at most"
                    await refuse(self._socket, status.WS_1009_MESSAGE_TOO_BIG, why)
                    return
            else:
                await self._take(message.get("text") or "")

    async def _take(self, text: str) -> None:
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            return
        if not isinstance(told, dict):
            return
        mode = told.get("mode")
        self._mode = _MODES.get(mode, self._mode) if isinstance(mode, str) else self._mode
        if told.get("is_speaking") is True:
            self._sound.clear()
        elif told.get("is_speaking") is False:
            await self._answer()

    async def _answer(self) -> None:
        sound = bytes(self._sound[: len(self._sound) // 2 * 2])
        self._sound.clear()
        answer: dict[str, object] = {"text": "", "mode": self._mode}
        if len(sound) >= SHORTEST:
            try:
                answer["text"] = await self._service.speech.transcribe(sound)
            except RingtalkError as error:
                answer["error"] = self._paths.hidden(str(error))
        await self._socket.send_text(json.dumps({**answer, "is_final": True, "timestamp": None}))


async def refuse(websocket: WebSocket, code: int, why: str) -> None:
    """Close it with a reason, which a page can read: of a refused upgrade it could not."""
    if websocket.application_state is WebSocketState.CONNECTING:
        await websocket.accept()
    await websocket.close(code, why.encode()[:_MOST_REASON].decode(errors="ignore"))
