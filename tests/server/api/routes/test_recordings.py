"""/record and /recordings: what is asked, and files with ranges."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import uvloop

from runtime.errors import AlreadyRecording, StillRecording, UnknownRecording
from runtime.settings import Settings
from tests.server.service_recorder import Recorder, running

FILM = bytes(range(256)) * 40
ID = "20261201-120000-0123456789abcdef"


def ask(
    tmp_path: Path, method: str, path: str, refusal: Exception | None = None, **more: Any
) -> tuple[httpx.Response, list[tuple[object, ...]]]:
    """One request to a server of its own, and what the service was asked."""
    (tmp_path / "film.mp4").write_bytes(FILM)
    (tmp_path / "film.vtt").write_text("WEBVTT\n\n")

    async def body() -> tuple[httpx.Response, list[tuple[object, ...]]]:
        service = Recorder()
        service.folder = tmp_path
        async with running(service, Settings(cache_dir=tmp_path)) as client:
            service.refusal = refusal
            answer = await client.request(method, path, **more)
        service.asked.remove(("start",))
        return answer, service.asked

    return uvloop.run(body())


@pytest.mark.parametrize("sessionid", ["7", 7])
def test_livetalkings_record(tmp_path: Path, sessionid: object) -> None:
    sent = {"sessionid": sessionid, "type": "start_record"}
    answer, asked = ask(tmp_path, "POST", "/record", json=sent)
    assert asked == [("start_recording", "7")]
    told = answer.json()
    assert (answer.status_code, told["code"], told["msg"]) == (200, 0, "ok")
    assert (told["data"]["id"], told["data"]["state"]) == (ID, "waiting")
    sent["type"] = "end_record"
    answer, asked = ask(tmp_path, "POST", "/record", json=sent)
    assert asked == [("end_recording", "7")]
    assert answer.json()["data"]["state"] == "done"


def test_another_type_is_refused_by_name(tmp_path: Path) -> None:
    answer, asked = ask(tmp_path, "POST", "/record", json={"sessionid": "7", "type": "stop"})
    assert answer.status_code == 422
    assert "start_record" in answer.json()["msg"]
    assert asked == []


@pytest.mark.parametrize("path", ["/record/7", f"/recordings/{ID}"])
def test_a_film_comes_whole_or_in_part(tmp_path: Path, path: str) -> None:
    answer, _ = ask(tmp_path, "GET", path)
    assert (answer.status_code, answer.content) == (200, FILM)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["accept-ranges"] == "bytes"
    assert str(tmp_path) not in str(answer.headers)
    part, _ = ask(tmp_path, "GET", path, headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, FILM[100:300])
    assert part.headers["content-range"] == f"bytes 100-299/{len(FILM)}"
    tail, _ = ask(tmp_path, "GET", path, headers={"Range": "bytes=-5"})
    assert tail.content == FILM[-5:]
    beyond, _ = ask(tmp_path, "GET", path, headers={"Range": f"bytes={len(FILM)}-"})
    assert beyond.status_code == 416
    head, _ = ask(tmp_path, "HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(FILM))


def test_list_captions_and_removal(tmp_path: Path) -> None:
    answer, _ = ask(tmp_path, "GET", "/recordings")
    assert [row["sessionid"] for row in answer.json()["data"]] == ["abc"]
    answer, asked = ask(tmp_path, "GET", f"/recordings/{ID}/captions")
    assert asked == [("captions", ID)]
    assert answer.headers["content-type"] == "text/vtt; charset=utf-8"
    answer, asked = ask(tmp_path, "DELETE", f"/recordings/{ID}")
    assert (answer.json(), asked) == ({"code": 0, "msg": "ok"}, [("remove_recording", ID)])


def test_a_page_of_another_origin_removes_nothing(tmp_path: Path) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    answer, asked = ask(tmp_path, "DELETE", f"/recordings/{ID}", headers=headers)
    assert (answer.status_code, asked) == (403, [])


@pytest.mark.parametrize(
    ("refusal", "status"),
    [(UnknownRecording("none"), 404), (StillRecording("wait"), 409), (AlreadyRecording("no"), 409)],
)
def test_refusals_are_in_the_envelope(tmp_path: Path, refusal: Exception, status: int) -> None:
    for method, path in (("GET", "/record/7"), ("DELETE", f"/recordings/{ID}")):
        answer, _ = ask(tmp_path, method, path, refusal)
        assert answer.status_code == status
        assert answer.json() == {"code": -1, "msg": str(refusal)}
