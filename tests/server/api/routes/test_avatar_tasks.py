"""/api/avatar/…: LiveTalking's fields and answers, and what the service is asked."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
import uvloop

from runtime.errors import NotifyForbidden, TasksFull
from runtime.settings import Settings
from server.sessions.avatar_task import AvatarTask
from server.sessions.service import AvatarWish
from tests.server.service_recorder import Recorder, running

PATH = "/api/avatar/task"
CLIP = {"video_file": ("../a clip.mp4", b"a clip")}
WANTED = {"model": "wav2lip", "avatar_id": "anna"}
Story = Callable[[httpx.AsyncClient], Awaitable[Any]]


def told(service: Recorder, story: Story, **settings: Any) -> Any:
    async def body() -> Any:
        async with running(service, Settings(**settings)) as client:
            return await story(client)

    return uvloop.run(body())


def order(service: Recorder | None = None, **request: Any) -> tuple[httpx.Response, Recorder]:
    asked = service or Recorder()
    answer = told(asked, lambda client: client.post(PATH, **request))
    return answer, asked


@pytest.mark.parametrize(
    ("fields", "engine"),
    [
        ({}, "wav2lip256"),
        ({"img_size": "96"}, "wav2lip"),
        ({"model": "musetalk", "img_size": "512"}, "musetalk"),
        ({"model": "musetalk", "version": "v1"}, "musetalk1"),
        ({"model": "builtin"}, "builtin"),
    ],
)
def test_a_form_as_livetalking_s_page_sends_it(fields: dict[str, str], engine: str) -> None:
    answer, service = order(data={**WANTED, **fields}, files=CLIP)
    assert answer.json() == {
        "code": 0,
        "msg": "ok",
        "data": {"task_id": "t1", "ignored": {}},
    }
    model = fields.get("model", "wav2lip")
    wish = AvatarWish(model, engine, "anna")
    assert service.asked == [("start",), ("order", wish, b"a clip", "a clip.mp4")]


def test_every_field_is_read_and_what_has_no_counterpart_is_said() -> None:
    fields = {
        **WANTED,
        "pads": "0 10 0 0",
        "bbox_shift": "0",
        "extra_margin": "10",
        "parsing_mode": "jaw",
        "face_det_batch_size": "4",
        "nosmooth": "true",
        "task_id": "mine",
        "replace": "true",
        "notifyurl": "http://hooks.example/",
        "background": "#204060",
        "face": "2",
        "version": "",
        "unheard_of": "x" * 5000,
    }
    answer, service = order(data=fields, files=CLIP)
    data = answer.json()["data"]
    assert data["task_id"] == "mine"
    assert list(data["ignored"]) == [
        *("pads", "bbox_shift", "extra_margin", "parsing_mode", "face_det_batch_size")
    ]
    notify = "http://hooks.example/"
    wish = AvatarWish("wav2lip", "wav2lip256", "anna", False, True, "mine", notify, "#204060", 2)
    assert service.asked[1] == ("order", wish, b"a clip", "a clip.mp4")


@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "text/plain", ""]
)
def test_json_names_a_file_of_the_server_whatever_its_content_type(kind: str) -> None:
    sent = json.dumps({**WANTED, "video_path": "clips/a.mp4", "pads": [0, 10, 0, 0]})
    answer, service = order(content=sent, headers={"Content-Type": kind})
    assert answer.status_code == 200, answer.text
    assert service.asked[1] == ("source", "clips/a.mp4")
    wish = AvatarWish("wav2lip", "wav2lip256", "anna")
    assert service.asked[2] == ("order", wish, b"a clip of the server", "clip.mp4")


@pytest.mark.parametrize(
    ("request_", "status", "msg"),
    [
        ({"data": {"model": "wav2lip"}, "files": CLIP}, 422, "avatar_id: field required"),
        ({"data": WANTED, "files": {"x": b""}}, 422, "video_file: field required"),
        ({"data": WANTED, "files": {"video_file": b""}}, 422, "is empty"),
        ({"data": {**WANTED, "img_size": "192"}, "files": CLIP}, 422, "have 96 or 256"),
        ({"data": {**WANTED, "img_size": "big"}, "files": CLIP}, 422, "img_size: "),
        ({"data": {**WANTED, "task_id": "a b"}, "files": CLIP}, 422, "task_id: "),
        ({"json": [1]}, 422, "the body must be a JSON object"),
        ({"json": WANTED}, 422, "video_file: field required"),
        ({"content": b"nonsense"}, 400, "neither a form nor JSON"),
        ({"content": b"x" * 70_000}, 413, "larger than"),
        ({"data": WANTED, "files": {"video_file": b"x" * 1_200_000}}, 413, "larger than 1 MB"),
    ],
)
def test_what_is_wrong_is_said(request_: dict[str, Any], status: int, msg: str) -> None:
    service = Recorder()
    answer = told(service, lambda client: client.post(PATH, **request_), max_upload_mb=1)
    assert (answer.status_code, answer.json()["code"]) == (status, -1)
    assert msg in answer.json()["msg"]
    assert service.asked == [("start",)]


def test_a_refusal_of_the_service_is_passed_on() -> None:
    service = Recorder()
    service.refusal = None
    answers = []
    for refusal in (TasksFull("8 wait"), NotifyForbidden("notifyurl: no")):

        async def story(client: httpx.AsyncClient, refusal: Exception = refusal) -> httpx.Response:
            service.refusal = refusal
            return await client.post(PATH, data=WANTED, files=CLIP)

        service.refusal = None
        answers.append(told(service, story))
    assert [answer.status_code for answer in answers] == [429, 403]
    assert answers[0].headers["Retry-After"] == "30"


def test_a_task_is_told_as_livetalking_tells_it() -> None:
    service = Recorder()

    async def story(client: httpx.AsyncClient) -> list[httpx.Response]:
        await client.post(PATH, data=WANTED, files=CLIP)
        return [await client.get(f"{PATH}/t1"), await client.get("/api/avatar/tasks")]

    one, every = told(service, story)
    task = one.json()["data"]
    assert {key: task[key] for key in ("task_id", "model_type", "avatar_id", "status")} == {
        "task_id": "t1",
        "model_type": "wav2lip",
        "avatar_id": "anna",
        "status": "pending",
    }
    assert (task["progress"], task["error_msg"], task["end_time"]) == (0, "", None)
    assert isinstance(task["start_time"], float)
    assert isinstance(task["duration"], float)
    assert [row["task_id"] for row in every.json()["data"]["tasks"]] == ["t1"]


def test_an_unknown_task_has_livetalking_s_code() -> None:
    answer = told(Recorder(), lambda client: client.get(f"{PATH}/nobody"))
    assert (answer.status_code, answer.json()["code"]) == (404, 404)


def test_a_task_is_taken_back() -> None:
    service = Recorder()

    async def story(client: httpx.AsyncClient) -> httpx.Response:
        await client.post(PATH, data=WANTED, files=CLIP)
        return await client.delete(f"{PATH}/t1")

    answer = told(service, story)
    assert answer.json() == {"code": 0, "msg": "ok", "data": {"msg": "Task deleted"}}
    assert service.asked[-1] == ("cancel", "t1")


def test_a_page_of_another_origin_takes_nothing_back() -> None:
    service = Recorder()
    headers = {"Origin": "http://evil.example"}
    answer = told(service, lambda client: client.delete(f"{PATH}/t1", headers=headers))
    assert answer.status_code == 403
    assert service.asked == [("start",)]


@pytest.mark.parametrize("path", [f"{PATH}/t1/events", "/api/avatar/tasks/events"])
def test_events_tell_what_changes(path: str) -> None:
    service = Recorder()

    async def story(client: httpx.AsyncClient) -> list[tuple[str, int]]:
        await client.post(PATH, data=WANTED, files=CLIP)
        task = service.avatar_task
        assert task is not None
        found = []
        async with client.stream("GET", path) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    told = json.loads(line.removeprefix("data: "))
                    found.append((told["status"], told["progress"]))
                    _go_on(service, task)
        return found

    steps = told(service, story)
    assert steps == [("pending", 0), ("running", 40), ("completed", 100)]


def _go_on(service: Recorder, task: AvatarTask) -> None:
    if task.status == "completed":
        service.changes.close()
        return
    task.status, task.progress = ("running", 40) if task.status == "pending" else ("completed", 100)
    service.changes.note(task)


def test_the_engines_are_told() -> None:
    answer = told(Recorder(), lambda client: client.get("/api/avatar/engines"))
    assert answer.json()["data"] == [
        {"name": "builtin", "photo": True, "clip": False, "lacking": ""}
    ]
