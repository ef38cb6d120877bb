"""Behind a proxy: whose request it is, and under which name and path; HEAD on the way."""

import re
from typing import Any

import httpx
import pytest
import uvloop

from runtime.settings import Settings
from tests.server.service_recorder import Recorder, running

CLOSE = {"sessionid": "abc"}
OUTSIDE = {"Origin": "https://talk.example", "X-Forwarded-Host": "talk.example"}


def asked(method: str, path: str, headers: dict[str, str], **settings: Any) -> httpx.Response:
    async def body() -> httpx.Response:
        async with running(Recorder(), Settings(**settings)) as client:
            sdp = path == "/whep"
            content: dict[str, Any] = {"content": "v=0"} if sdp else {"json": CLOSE}
            kind = {"Content-Type": "application/sdp"} if sdp else {}
            if method != "POST":
                content = {}
            return await client.request(method, path, headers={**headers, **kind}, **content)

    return uvloop.run(body())


def test_a_trusted_proxy_says_by_which_name_a_page_knows_the_server() -> None:
    names = {"allowed_hosts": ["talk.example", "shop.example", "localhost"]}
    assert asked("POST", "/close", OUTSIDE, **names).status_code == 200
    refused = asked("POST", "/close", OUTSIDE, **names, trusted_proxies=["192.0.2.1"])
    assert refused.status_code == 403
    assert "proxy_set_header Host $http_host" in refused.json()["msg"]
    strange = {**OUTSIDE, "X-Forwarded-Host": "shop.example, talk.example"}
    assert asked("POST", "/close", strange, **names).status_code == 403
    closed = asked("POST", "/close", OUTSIDE)
    assert (closed.status_code, "allowed_hosts" in closed.json()["msg"]) == (421, True)


def test_a_proxy_on_another_machine_gets_the_hint_by_its_own_headers() -> None:
    headers = {"Origin": "https://talk.example", "Via": "1.1 proxy"}
    assert "proxy_set_header" in asked("POST", "/close", headers).json()["msg"]


@pytest.mark.parametrize("path", ["/close", "/talk/close"])
def test_a_path_of_the_proxy_s_is_found_whether_or_not_it_is_taken_off(path: str) -> None:
    assert asked("POST", path, {}, root_path="/talk/").status_code == 200
    assert asked("GET", path.replace("close", ""), {}, root_path="/talk").status_code == 200


@pytest.mark.parametrize("path", ["", "/talk"])
def test_the_documents_are_whole_under_a_path(path: str) -> None:
    prefix = {"X-Forwarded-Prefix": "/talk"}
    page = asked("GET", f"{path}/docs", prefix)
    for address in re.findall(r'(?:src|href)="([^"]+)"|url: "([^"]+)"', page.text):
        found = "".join(address)
        assert not found.startswith(("/", "http"))
        assert asked("GET", f"{path}/{found}", prefix).status_code == 200
    document = asked("GET", f"{path}/openapi.json", prefix).json()
    assert document["servers"] == [{"url": "."}]


def test_what_is_made_is_named_with_the_prefix() -> None:
    prefix = {"X-Forwarded-Prefix": "/talk"}
    assert asked("POST", "/whep", prefix).headers["location"].startswith("/talk/whep/")
    assert asked("POST", "/whep", {}, root_path="/a/b").headers["location"].startswith("/a/b/whep/")
    untrusted = asked("POST", "/whep", prefix, trusted_proxies=[])
    assert untrusted.headers["location"].startswith("/whep/")


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/metrics", "/avatars", "/"])
def test_head_is_answered_as_get_without_a_body(path: str) -> None:
    answer = asked("HEAD", path, {})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == asked("GET", path, {}).headers["content-type"]


def test_head_of_a_stream_ends_with_its_headers() -> None:
    answer = asked("HEAD", "/operations", {})
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_head_of_what_takes_only_posts_is_refused_as_such() -> None:
    answer = asked("HEAD", "/offer", {})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
