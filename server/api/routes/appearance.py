"""Who is shown, and in front of what: /avatars, /avatar, /backgrounds, /background.

All are ringtalk's own. Runs in the supervisor's process; holds a picture only while it
arrives.
"""

import asyncio
import os
from dataclasses import asdict
from typing import Final

from fastapi import APIRouter, Request

from data.picture_header import ALLOWED
from runtime.errors import UnreadablePicture
from server.api import multipart
from server.api.dependencies import ThePaths, TheService, TheUploadGate
from server.api.guard import PICTURE_PATH
from server.api.requests import SetAvatar, SetBackground
from server.api.responses import BAD_JSON, AvatarRow, Avatars, Failure, Kept, Ok, PictureKept
from server.api.safety.visitors import TheCaller, shown_avatar
from server.sessions.background_store import LEAST_SIDE, LONGEST_SIDE, MAX_MB, MOST_KEPT

router: Final = APIRouter(tags=["appearance"])

_FORM: Final = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {
            "type": "string",
            "format": "binary",
            "description": f"{ALLOWED}, whatever its name; at most {MAX_MB} MB, sides of "
            f"{LEAST_SIDE} to {LONGEST_SIDE} pixels. What is transparent is seen over a grey. The "
            f"{MOST_KEPT} pictures that were used last stay.",
        }
    },
}


@router.get("/avatars")
async def avatars(service: TheService, paths: ThePaths) -> Avatars:
    """Who can be shown. Nobody is prepared for it."""
    rows = [AvatarRow(**asdict(info)) for info in await service.appearance.avatars()]
    told = (row.model_copy(update={"broken": paths.hidden(row.broken)}) for row in rows)
    return Avatars(data=list(told))


@router.post(
    PICTURE_PATH,
    responses={
        400: {"model": Failure, "description": "The form is malformed or was cut off."},
        413: {"model": Failure, "description": "The picture has too many bytes or pixels."},
        415: {"model": Failure, "description": "No form, or no picture in a known format."},
        422: {"model": Failure, "description": "There is no file, or the picture is too small."},
        429: {"model": Failure, "description": "Too many uploads arrive already; see Retry-After."},
        507: {"model": Failure, "description": "The cache folder is full or cannot be written to."},
    },
    openapi_extra={
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}
    },
)
async def backgrounds(request: Request, service: TheService, gate: TheUploadGate) -> PictureKept:
    """Keep a picture, to be a session's background: cut to fill it, in the middle."""
    with gate, multipart.Upload() as received:
        await multipart.receive(
            request.headers, request.stream(), received, max_mb=MAX_MB, goods=multipart.PICTURE
        )
        if received.size == 0:
            raise UnreadablePicture(f"file: {received.name!r} is empty")
        picture = await asyncio.to_thread(_read, received.take())
        return PictureKept(data=Kept(id=await service.appearance.keep_background(picture)))


@router.post(
    "/avatar",
    responses={
        **BAD_JSON,
        404: {"model": Failure, "description": "No session has this id."},
        409: {
            "model": Failure,
            "description": "Its pictures have another size than the session's, or its engine other "
            "sounds or faces; `msg` has both.",
        },
        422: {"model": Failure, "description": "No avatar has this name, or it is broken."},
        503: {"model": Failure, "description": "Not available now; `msg` says why."},
    },
)
async def avatar(body: SetAvatar, service: TheService, caller: TheCaller) -> Ok:
    """Show another avatar in a running session.

    It is made ready beside the session, and shown with the next picture; while the face speaks,
    behind the faces that are made already (setting `ahead_ms`), so that mouth and sound stay in
    step. A background goes on where the avatar allows it. Actions end. The event `avatar` tells of
    it.
    """
    shown_avatar(caller, body.avatar)
    await service.appearance.set_avatar(body.sessionid, body.avatar)
    return Ok()


@router.post(
    "/background",
    responses={
        **BAD_JSON,
        404: {"model": Failure, "description": "No session, or no picture, has this id."},
        409: {"model": Failure, "description": "The avatar's background cannot be replaced."},
        503: {"model": Failure, "description": "Not available now; `msg` says why."},
    },
)
async def background(body: SetBackground, service: TheService) -> Ok:
    """Change what is behind the person of a running session; seen with the next picture."""
    await service.appearance.set_background(body.sessionid, body.background)
    return Ok()


def _read(fd: int) -> bytes:
    with os.fdopen(fd, "rb") as file:
        return file.read()
