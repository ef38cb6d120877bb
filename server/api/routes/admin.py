"""What an operator sees: GET /api/admin/sessions and /api/admin/config.

Paths, fields and types are LiveTalking's (docs/admin_api.md there), with ringtalk's own beside
them. They name every session, so they answer only where the setting `admin` allows it; no secret
is in them. Runs in the supervisor's process; owns nothing.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from server.api.admin_gate import CLOSED, AdminOnly
from server.api.dependencies import ThePaths, TheService, TheSettings
from server.api.livetalking_config import config_of
from server.api.responses import Ok

router: Final = APIRouter(prefix="/api/admin", tags=["watch"])


class SessionRow(BaseModel):
    """One session."""

    sessionid: str
    speaking: bool = Field(description="As /is_speaking has it.")
    recording: bool
    model: str = Field(description="Who draws the face.")
    avatar_id: str
    REF_FILE: str = Field(description="`refaudio` of its /offer, else the setting `voice`.")
    transport: str = Field(description="`webrtc`, or where else its picture goes.")
    batch_size: int = Field(description="Pictures of one session in one batch: always 1.")
    customopt: list[dict[str, Any]] = Field(description="Its actions.")
    state: str = Field(description="`connecting`, `live`, or `quiet` where its client is lost.")
    seconds: float = Field(description="Its age.")


class SessionRows(BaseModel):
    """Every session there is."""

    sessions: list[SessionRow]


class SessionsTold(Ok):
    """The sessions."""

    data: SessionRows


class ConfigRow(BaseModel):
    """Every setting."""

    config: Annotated[
        dict[str, Any],
        Field(description="LiveTalking's options with the values that they have here, and in "
        "`ringtalk` every setting. Of a secret it says `***`, or nothing where there is none."),
    ]  # fmt: skip


class ConfigTold(Ok):
    """The settings."""

    data: ConfigRow


@router.get("/sessions", responses=CLOSED, dependencies=[AdminOnly])
async def sessions(service: TheService) -> SessionsTold:
    """Every session, and what it does."""
    rows = [
        SessionRow(
            sessionid=one.sessionid,
            speaking=one.speaking,
            recording=one.recording,
            model=one.engine,
            avatar_id=one.avatar,
            REF_FILE=one.reference,
            transport=one.transport,
            batch_size=1,
            customopt=[dict(action) for action in one.actions],
            state=one.state,
            seconds=round(one.seconds, 3),
        )
        for one in service.sessions.all()
    ]
    return SessionsTold(data=SessionRows(sessions=rows))


@router.get("/config", responses=CLOSED, dependencies=[AdminOnly])
async def config(settings: TheSettings, paths: ThePaths) -> ConfigTold:
    """Every setting, without secrets and without folders of this machine."""
    return ConfigTold(data=ConfigRow(config=config_of(settings, paths)))
