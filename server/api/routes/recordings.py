"""What sessions sent, kept: /record, and /recordings to list, fetch and delete.

`/record` and its fields are LiveTalking's (its server/routes.py); the rest is ringtalk's own. Files
are handed out with ranges (RFC 9110, section 14). Runs in the supervisor's process; owns nothing.
"""

from pathlib import Path as FilePath
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path
from fastapi.responses import FileResponse, Response

from runtime import limits
from server.api.dependencies import ThePaths, TheService
from server.api.requests import Record
from server.api.responses import BAD_JSON, NO_SESSION, Failure, Ok, RecordingAnswer, RecordingList
from server.api.responses import RecordingState as State
from server.sessions.recording_store import RecordingRow

router: Final = APIRouter(tags=["recordings"])

MEDIA: Final = {".mp4": "video/mp4", ".webm": "video/webm", ".vtt": "text/vtt; charset=utf-8"}
_NO_CACHE: Final = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}

_NONE: Final[dict[int | str, dict[str, Any]]] = {
    404: {"model": Failure, "description": "There is no such recording (any more)."},
    409: {"model": Failure, "description": "It is still being made."},
    422: {"model": Failure, "description": "The id is too long."},
}
_FULL: Final[dict[int | str, dict[str, Any]]] = {
    507: {"model": Failure, "description": "The folder is full or cannot be written to."},
}
_FILM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"video/mp4": {}, "video/webm": {}}, "description": "The film."},
    206: {"description": "The part that `Range` asked for."},
    **_NONE,
}
_CAPTIONS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/vtt": {}}, "description": "WebVTT."},
    **_NONE,
}

RecordingId = Annotated[
    str, Path(max_length=limits.SESSION_ID, description="Of /recordings' list.")
]
SessionPath = Annotated[
    str, Path(max_length=limits.SESSION_ID, description="`sessionid` of /offer's answer.")
]


@router.post(
    "/record",
    responses={
        **BAD_JSON,
        **NO_SESSION,
        409: {"model": Failure, "description": "It is recorded already, or is not recorded."},
        503: {"model": Failure, "description": "Not available now; `msg` says why."},
        **_FULL,
    },
)
async def record(body: Record, service: TheService, paths: ThePaths) -> RecordingAnswer:
    """Begin or end the recording of a session: what it sends is kept as it is sent.

    It begins with the next picture, and ends with the session at the latest. When `end_record` is
    answered, the film is whole."""
    if body.type == "start_record":
        row = await service.recordings.start(body.sessionid)
    else:
        row = await service.recordings.end(body.sessionid)
    return RecordingAnswer(data=_told(row, paths))


@router.get("/record/{sessionid}", response_class=FileResponse, responses=_FILM)
@router.head("/record/{sessionid}", include_in_schema=False)
async def session_film(sessionid: SessionPath, service: TheService) -> Response:
    """The newest recording of a session, which may have ended: MP4, or WebM where it is VP8."""
    return _file(await service.recordings.film_of(sessionid))


@router.get("/recordings")
async def recordings(service: TheService, paths: ThePaths) -> RecordingList:
    """Every recording there is, the newest first, those that are being made too."""
    return RecordingList(data=[_told(row, paths) for row in await service.recordings.all()])


@router.get("/recordings/{recording}", response_class=FileResponse, responses=_FILM)
@router.head("/recordings/{recording}", include_in_schema=False)
async def film(recording: RecordingId, service: TheService) -> Response:
    """A recording's film; its captions are in it, too."""
    return _file(await service.recordings.film(recording))


@router.get("/recordings/{recording}/captions", response_class=FileResponse, responses=_CAPTIONS)
@router.head("/recordings/{recording}/captions", include_in_schema=False)
async def captions(recording: RecordingId, service: TheService) -> Response:
    """What was heard in it, sentence by sentence, as WebVTT."""
    return _file(await service.recordings.captions(recording))


@router.delete("/recordings/{recording}", responses={**_NONE, **_FULL})
async def remove(recording: RecordingId, service: TheService) -> Ok:
    """Remove a recording with all that is known of it."""
    await service.recordings.remove(recording)
    return Ok()


def _file(path: FilePath) -> Response:
    return FileResponse(
        path,
        media_type=MEDIA[path.suffix],
        filename=path.name,
        content_disposition_type="inline",
        headers=_NO_CACHE,
    )


def _told(row: RecordingRow, paths: ThePaths) -> State:
    known = msgspec.structs.asdict(row)
    return State(text=paths.hidden(known.pop("detail")), **known)
