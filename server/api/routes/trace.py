"""How a tick's way is followed: /trace and /latency.

Both look back: what they show has happened already. Runs in the supervisor's process, the
conversion in a thread; owns nothing.
"""

import asyncio
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel

from server.api.dependencies import TheService
from server.api.responses import Ok
from server.sessions.trace_format import trace_json, waterfall

router: Final = APIRouter(tags=["watch"])

JSON: Final = "application/json"
SECONDS_MOST: Final = 60.0

Seconds = Annotated[float, Query(gt=0, le=SECONDS_MOST, description="How far to look back.")]


class StageMedians(BaseModel):
    """Medians in ms over the spoken ticks."""

    stage: str
    wait: float
    work: float


class Waterfall(Ok):
    """Where a spoken tick's time went, stage by stage; empty when nothing was spoken."""

    data: list[StageMedians]


@router.get(
    "/trace",
    response_class=Response,
    responses={200: {"content": {JSON: {}}, "description": "Chrome's trace event format."}},
)
async def trace(service: TheService, seconds: Seconds = 10.0) -> Response:
    """Every tick that left in the last seconds, stage by stage; opens in ui.perfetto.dev."""
    rows = await service.health.trace(seconds)
    return Response(await asyncio.to_thread(trace_json, rows), media_type=JSON)


@router.get("/latency", response_model=Waterfall)
async def latency(service: TheService, seconds: Seconds = 5.0) -> Response:
    """How long spoken ticks lately waited for each stage and stayed in it."""
    steps = await asyncio.to_thread(waterfall, await service.health.trace(seconds))
    answer = {"code": 0, "msg": "ok", "data": steps}
    return Response(msgspec.json.encode(answer), media_type=JSON)
