"""What browsers show in place of a key: /tokens for pages of others, /login for our own.

Runs in the supervisor's process; owns nothing.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from server.api.forwarded import prefix_of
from server.api.requests import AvatarName
from server.api.responses import BAD_JSON, Failure, Ok
from server.api.safety.access import COOKIE, address_of
from server.api.safety.access_control import AccessControl, the_access
from server.api.safety.caller import ANYBODY
from server.api.safety.tokens import LOGIN_SECONDS
from server.api.safety.visitors import TheCaller

router: Final = APIRouter(tags=["keys"])

TheAccess = Annotated[AccessControl, Depends(the_access)]
Origin = Annotated[str, Field(pattern=r"^https?://[^/\s?#@]+$", max_length=300)]
NO_KEYS: Final = "no api_keys are set: nobody is asked for a key or token"


class TokenWish(BaseModel):
    """What a visitor may do."""

    seconds: int = Field(
        default=60, ge=1, le=86_400, description="How long sessions may be begun with it."
    )
    avatar: AvatarName | None = Field(
        default=None, description="The only one that these sessions show; null for any."
    )
    origins: list[Origin] = Field(
        default=[],
        max_length=20,
        description="Origins of the pages that may use it, such as `https://shop.example`; none: "
        "whoever has it, but from pages of this server and of `cors_origins` alone.",
    )


class Issued(BaseModel):
    """A session token."""

    token: str = Field(description="For `Authorization: Bearer`, or `token` in the query.")
    until: int = Field(description="When it ends, in seconds since 1970.")


class TokenIssued(Ok):
    """A session token for one page's visitors."""

    data: Issued


class KeyShown(BaseModel):
    """What a person has typed."""

    key: str = Field(max_length=512)


@router.post(
    "/tokens",
    responses={**BAD_JSON, 409: {"model": Failure, "description": "No `api_keys` are set."}},
)
async def tokens(wish: TokenWish, caller: TheCaller, access: TheAccess) -> TokenIssued:
    """Make a token with which a browser begins sessions, so that no page holds a key. A session
    that was begun with it may be held to its end."""
    if not access.keys:
        raise HTTPException(409, NO_KEYS)
    wanted = (wish.seconds, wish.avatar or "", wish.origins)
    token = access.tokens.session(caller.name, *wanted)
    return TokenIssued(data=Issued(token=access.tokens.coded(token), until=int(token.until)))


@router.post(
    "/login",
    responses={
        **BAD_JSON,
        401: {"model": Failure, "description": "The key is none of this server."},
        409: {"model": Failure, "description": "No `api_keys` are set."},
    },
)
async def login(shown: KeyShown, request: Request, response: Response, access: TheAccess) -> Ok:
    """Remember a key, for pages of this server, in a cookie that no script can read."""
    if not access.keys:
        raise HTTPException(409, NO_KEYS)
    address = address_of(request.scope)
    key = access.keys.find(shown.key)
    if key is None:
        await access.limits.take("wrong keys", ANYBODY, address)
        raise HTTPException(401, "this is no key of this server")
    response.set_cookie(
        COOKIE,
        access.tokens.login(key.name),
        LOGIN_SECONDS,
        path=prefix_of(request.scope) or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return Ok()


@router.post("/logout")
async def logout(request: Request, response: Response) -> Ok:
    """Forget the key."""
    response.delete_cookie(COOKIE, path=prefix_of(request.scope) or "/")
    return Ok()
