"""How the server is watched: /healthz, /livez, /readyz and /metrics.

Runs in the supervisor's process; owns nothing.
"""

from dataclasses import asdict
from typing import Final

from fastapi import APIRouter, HTTPException
from fastapi.responses import JSONResponse, Response

from server.api.dependencies import TheHttpMetrics, TheService
from server.api.responses import Failure, HealthState, Healthy, Ok, Unhealthy

router: Final = APIRouter(tags=["watch"])

EXPOSITION: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Content-Type of Prometheus's text exposition format."""


@router.get(
    "/healthz",
    response_model=Healthy,
    responses={503: {"model": Unhealthy, "description": "No session can begin; `data` says why."}},
)
async def healthz(service: TheService) -> Response:
    """Whether the service works, even if all sessions are taken, and the state of every actor."""
    health = HealthState.model_validate(asdict(service.health.state()))
    if health.ready:
        return JSONResponse(Healthy(data=health).model_dump())
    down = [f"{name} is {actor.state}" for name, actor in health.actors.items()]
    why = health.lacking or ", ".join(down) or "no actor has started"
    answer = Unhealthy(msg=f"not ready: {why}", data=health)
    return JSONResponse(answer.model_dump(), 503, {"Retry-After": "1"})


@router.get("/livez")
async def livez() -> Ok:
    """Whether the process answers, whatever it can do: for whoever restarts what hangs."""
    return Ok()


@router.get(
    "/readyz",
    responses={503: {"model": Failure, "description": "No session can begin; `msg` says why."}},
)
async def readyz(service: TheService) -> Ok:
    """Whether a new session can begin now: for a balancer that looks for a place."""
    if why := service.health.obstacle():
        raise HTTPException(503, f"not ready: {why}", {"Retry-After": "1"})
    return Ok()


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {EXPOSITION: {}}, "description": "Prometheus text format."}},
)
async def metrics(service: TheService, requests: TheHttpMetrics) -> Response:
    """Every counter and latency histogram, for Prometheus."""
    return Response(await service.health.metrics() + requests.text(), media_type=EXPOSITION)
