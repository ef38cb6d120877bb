"""Avatars are made of a clip or a photo: /api/avatar/….

Paths, fields and answers are LiveTalking's (its docs/avatar_api.md); the events and the engines are
ringtalk's own. Runs in the supervisor's process; holds an upload only while it arrives.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import asdict
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

from runtime import limits
from runtime.errors import BadAvatarTask, ClipTooLarge, UnknownTask
from server.api import multipart
from server.api.avatar_request import READ, AvatarRequest
from server.api.dependencies import TheService, TheSettings, TheUploadGate
from server.api.guard import TASK_PATH
from server.api.multipart import SETTING, UploadKind
from server.api.responses import Failure, Ok
from server.api.routes.events import HEADERS, KEEP_ALIVE, KEEP_ALIVE_SECONDS, EventStream
from server.sessions.service import AvatarTaskInfo, SessionService, TaskFollowing, TaskStatus

router: Final = APIRouter(tags=["avatars"])

CLIP: Final = UploadKind("the clip or photo", SETTING, ClipTooLarge, READ, "video_file", False)
_JSON_BYTES: Final = 64 * 1024
_SCHEMA: Final = AvatarRequest.model_json_schema()
_FORM: Final = {
    **_SCHEMA,
    "properties": {
        **_SCHEMA["properties"],
        "video_file": {
            "type": "string",
            "format": "binary",
            "description": "The clip, or a photo; at most `max_upload_mb` MB (a setting). What it "
            "is, is told by its content.",
        },
    },
}
_TOO_LONG: Final = {"model": Failure, "description": "The id is too long."}
_NO_TASK: Final[dict[int | str, dict[str, Any]]] = {
    404: {"model": Failure, "description": "No task has this id (any more)."},
    422: _TOO_LONG,
}
_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {"text/event-stream": {}},
        "description": "One task after another, as in `GET /api/avatar/task/{task_id}`.",
    },
    429: {"model": Failure, "description": "Too many follow already."},
}
TaskId = Annotated[
    str, Path(max_length=limits.TASK_ID, description="`task_id` of the answer of the POST.")
]


class TaskAccepted(BaseModel):
    """A task that waits."""

    task_id: str = Field(description="For the other requests.")
    ignored: dict[str, str] = Field(
        description="The fields that were sent and have no counterpart, with what is done instead."
    )


class TaskQueued(Ok):
    """The avatar will be made."""

    data: TaskAccepted


class TaskRow(BaseModel):
    """A task that makes an avatar."""

    task_id: str
    model_type: str = Field(description="`model`, as it was sent.")
    engine: str = Field(description="Who will draw the face.")
    avatar_id: str
    status: TaskStatus = Field(description="`deleted` is told in events only.")
    progress: int = Field(description="0 to 100.")
    step: str = Field(description="What is being done.")
    error_msg: str = Field(description="Why it failed, and what would do.")
    figures: str = Field(description="How good the avatar is, in figures.")
    notify_url: str
    notify_error: str = Field(description="Why the last notification did not arrive.")
    start_time: float = Field(description="When it was asked for; seconds since 1970.")
    end_time: float | None
    duration: float = Field(description="Seconds since then, or to its end.")


class NoTask(BaseModel):
    """No task has this id; `code` is LiveTalking's."""

    code: Literal[404] = 404
    msg: str


class TaskTold(Ok):
    """A task as it is now."""

    data: TaskRow


class TaskRows(BaseModel):
    """The newest first."""

    tasks: list[TaskRow]


class TasksTold(Ok):
    """All tasks that are known."""

    data: TaskRows


class TaskGone(BaseModel):
    """What became of it."""

    msg: Literal["Task deleted", "Task cancelled"]


class TaskTakenBack(Ok):
    """It was taken back."""

    data: TaskGone


class EngineRow(BaseModel):
    """A face engine for which avatars are made."""

    name: str = Field(description="For `model`.")
    photo: bool = Field(description="Whether a photo will do.")
    clip: bool = Field(description="Whether a clip will do.")
    lacking: str = Field(
        description="Why its avatars cannot be made, or not be shown, here, and what to do; empty "
        "where they can."
    )


class EngineRows(Ok):
    """All engines, the one that needs nothing first."""

    data: list[EngineRow]


@router.post(
    TASK_PATH,
    responses={
        400: {"model": Failure, "description": "The form or JSON is malformed or was cut off."},
        403: {"model": Failure, "description": "`video_path` or `notifyurl` is not allowed."},
        409: {"model": Failure, "description": "The name, or the task's id, is taken."},
        413: {"model": Failure, "description": "The file is too large."},
        422: {"model": Failure, "description": "A field is missing or not allowed."},
        429: {"model": Failure, "description": "Too many wait; see Retry-After."},
        507: {"model": Failure, "description": "The cache folder is full or cannot be written to."},
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": _FORM},
                "application/json": {"schema": _SCHEMA},
            },
        }
    },
)
async def order(
    request: Request, service: TheService, settings: TheSettings, gate: TheUploadGate
) -> TaskQueued:
    """Have an avatar made, beside the sessions. Answers once the file is stored."""
    if _is_form(request):
        with gate, multipart.Upload() as received:
            await multipart.receive(
                request.headers, request.stream(), received, settings.max_upload_mb, CLIP
            )
            wanted = _checked(dict(received.fields))
            wish = wanted.wish()
            if received.found and received.size == 0:
                raise BadAvatarTask(f"video_file: {received.name!r} is empty")
            given = (received.take(), received.name) if received.found else None
            task = await service.making.order(wish, *(given or await _named(service, wanted)))
    else:
        wanted = _checked(await _json(request))
        task = await service.making.order(wanted.wish(), *await _named(service, wanted))
    return TaskQueued(data=TaskAccepted(task_id=task.task_id, ignored=wanted.ignored()))


@router.get("/api/avatar/tasks")
async def tasks(service: TheService) -> TasksTold:
    """All tasks that are known: those that wait and run, and the newest that have ended."""
    return TasksTold(data=TaskRows(tasks=[_row(task) for task in service.making.tasks()]))


@router.get("/api/avatar/tasks/events", response_class=EventStream, responses=_STREAM)
async def all_events(service: TheService) -> EventStream:
    """Follow all tasks, as server-sent events: each as it is now, then after each change."""
    return EventStream(_told(service.making.watch(None)), headers=HEADERS)


@router.get("/api/avatar/engines")
async def engines(service: TheService) -> EngineRows:
    """For which face engines avatars are made here."""
    rows = await asyncio.to_thread(service.making.engines)
    return EngineRows(data=[EngineRow(**asdict(row)) for row in rows])


@router.get(
    TASK_PATH + "/{task_id}",
    response_model=TaskTold,
    responses={
        404: {"model": NoTask, "description": "No task has this id (any more)."},
        422: _TOO_LONG,
    },
)
async def task_state(task_id: TaskId, service: TheService) -> TaskTold | JSONResponse:
    """A task as it is now."""
    try:
        return TaskTold(data=_row(service.making.task(task_id)))
    except UnknownTask as error:
        return JSONResponse(NoTask(msg=str(error)).model_dump(), 404)


@router.get(
    TASK_PATH + "/{task_id}/events",
    response_class=EventStream,
    responses={**_STREAM, **_NO_TASK},
)
async def task_events(task_id: TaskId, service: TheService) -> EventStream:
    """Follow one task to its end, as server-sent events."""
    return EventStream(_told(service.making.watch(task_id)), headers=HEADERS)


@router.delete(
    TASK_PATH + "/{task_id}",
    responses={**_NO_TASK, 409: {"model": Failure, "description": "It has ended."}},
)
async def take_back(task_id: TaskId, service: TheService) -> TaskTakenBack:
    """Take a task back: one that waits is deleted, one that runs is cancelled, and has failed."""
    task = await service.making.cancel(task_id)
    deleted = task.status == "deleted"
    return TaskTakenBack(data=TaskGone(msg="Task deleted" if deleted else "Task cancelled"))


async def _told(following: TaskFollowing) -> AsyncGenerator[str]:
    """The lines of the stream."""
    with following:
        while True:
            try:
                async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                    changed = await following.next()
            except TimeoutError:
                yield KEEP_ALIVE
                continue
            if not changed:
                return
            yield "".join(f"data: {msgspec.json.encode(task).decode()}\n\n" for task in changed)


def _row(task: AvatarTaskInfo) -> TaskRow:
    return TaskRow(**asdict(task))


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("multipart/form-data")


def _checked(fields: object) -> AvatarRequest:
    try:
        return AvatarRequest.model_validate(fields)
    except ValidationError as error:
        problems = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(problems) from error


async def _json(request: Request) -> object:
    """The body, whatever its Content-Type calls it: bare `curl -d` calls it a form."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _JSON_BYTES:
            raise HTTPException(413, f"the body is larger than {_JSON_BYTES} bytes")
    try:
        found: object = json.loads(body)
    except ValueError as error:
        raise HTTPException(400, f"the body is neither a form nor JSON: {error}") from error
    return found


async def _named(service: SessionService, wanted: AvatarRequest) -> tuple[int, str]:
    """The server's own file that the client names."""
    if wanted.video_path is None:
        raise BadAvatarTask("video_file: field required (the clip or photo, as a file of a form)")
    return await service.making.source(wanted.video_path)
