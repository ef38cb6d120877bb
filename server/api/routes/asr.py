"""WS /api/asr: a person's words from a page that records them, by FunASR's protocol.

The path and messages are those that LiveTalking's pages use. Runs in the supervisor's process; the
words are found in ingest, by the engine of the setting `asr`.
"""

from typing import Final

from fastapi import APIRouter, WebSocket
from starlette import status
from starlette.websockets import WebSocketDisconnect

from data.hearing.bundled import resolved
from runtime.errors import NO_TRANSCRIBER, QueueFull
from server.api.dependencies import TheListeningGate, ThePaths, TheService, TheSettings
from server.api.funasr_socket import FunAsrSocket, refuse

router: Final = APIRouter()

PATH: Final = "/api/asr"


@router.websocket(PATH)
async def asr(
    websocket: WebSocket,
    service: TheService,
    settings: TheSettings,
    paths: ThePaths,
    gate: TheListeningGate,
) -> None:
    """Sound up, words down; closed at once, with the reason, where nothing transcribes."""
    if not resolved(settings.asr).kind:
        await refuse(websocket, status.WS_1011_INTERNAL_ERROR, NO_TRANSCRIBER)
        return
    try:
        with gate:
            await websocket.accept()
            await FunAsrSocket(websocket, service, paths).run()
    except QueueFull as error:
        await refuse(websocket, status.WS_1013_TRY_AGAIN_LATER, str(error))
    except WebSocketDisconnect:
        return  # it left while its words were looked for
