"""The avatars that were made: their pictures and figures, new names, their end: /avatars/{name}/….

All are ringtalk's own. Runs in the supervisor's process; holds a picture while it is sent.
"""

from hashlib import blake2b
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path
from fastapi.responses import Response
from pydantic import BaseModel, Field

from runtime import limits
from server.api.dependencies import TheService
from server.api.requests import AvatarName
from server.api.responses import BAD_JSON, Failure, Ok
from server.sessions.service import AvatarPicture

router: Final = APIRouter(tags=["avatars"])

_DIGEST_BYTES: Final = 12
_LONGEST_HEADER: Final = 1024
_NONE: Final[dict[int | str, dict[str, Any]]] = {
    404: {"model": Failure, "description": "No such avatar, or it has no such picture."},
    422: {"model": Failure, "description": "The name is too long, or no name."},
}
_KEPT: Final[dict[int | str, dict[str, Any]]] = {
    409: {
        "model": Failure,
        "description": "It came with ringtalk, is the server's own (setting `avatar`), or the new "
        "name is taken.",
    },
    507: {"model": Failure, "description": "The cache folder is full or cannot be written to."},
}
Name = Annotated[
    str, Path(max_length=limits.AVATAR, description="The avatar: `name` of `/avatars`.")
]
SeenBefore = Annotated[
    str | None,
    Header(max_length=_LONGEST_HEADER, description="The `ETag` of the picture that is there."),
]


class NewName(BaseModel):
    """What an avatar will be called."""

    name: AvatarName = Field(
        description="Letters, digits, - and _; not a built-in avatar's, and not taken."
    )


def _pictures(kind: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {kind: {}}, "description": "The picture."}, **_NONE}


@router.get("/avatars/{name}/sheet", response_class=Response, responses=_pictures("image/png"))
async def sheet(name: Name, service: TheService, if_none_match: SeenBefore = None) -> Response:
    """The contact sheet of an avatar that was made: look at it before you use it."""
    return _picture(await service.library.sheet(name), if_none_match)


@router.get("/avatars/{name}/preview", response_class=Response, responses=_pictures("video/mp4"))
async def preview(name: Name, service: TheService, if_none_match: SeenBefore = None) -> Response:
    """Two seconds of an avatar of the engine `builtin` that was made, in speech, with sound."""
    return _picture(await service.library.preview(name), if_none_match)


@router.get(
    "/avatars/{name}/report", response_class=Response, responses=_pictures("application/json")
)
async def report(name: Name, service: TheService, if_none_match: SeenBefore = None) -> Response:
    """How good such an avatar is: how many of its mouths are the person's own, and its sharpness,
    seam and flicker in speech."""
    return _picture(await service.library.report(name), if_none_match)


@router.get("/avatars/{name}/poster", response_class=Response, responses=_pictures("image/jpeg"))
async def poster(name: Name, service: TheService, if_none_match: SeenBefore = None) -> Response:
    """What an avatar looks like, at most 640 pixels wide or tall. Nobody is prepared for it."""
    return _picture(await service.library.poster(name), if_none_match)


@router.delete("/avatars/{name}", responses={**_NONE, **_KEPT})
async def remove(name: Name, service: TheService) -> Ok:
    """Delete an avatar that was made. Sessions that show it go on."""
    await service.library.remove(name)
    return Ok()


@router.post("/avatars/{name}/rename", responses={**BAD_JSON, **_NONE, **_KEPT})
async def rename(name: Name, body: NewName, service: TheService) -> Ok:
    """Give an avatar that was made another name. Sessions that show it go on."""
    await service.library.rename(name, body.name)
    return Ok()


def _picture(picture: AvatarPicture, seen: str | None) -> Response:
    tag = f'"{blake2b(picture.content, digest_size=_DIGEST_BYTES).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    if seen is not None and tag in seen:
        return Response(status_code=304, headers=headers)
    return Response(picture.content, media_type=picture.kind, headers=headers)
