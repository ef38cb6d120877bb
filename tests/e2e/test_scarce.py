"""A server whose descriptors are used up says so, refuses in words, and goes on later."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.e2e.conftest import Served
from tests.e2e.fuzzing import an_offer


@contextmanager
def descriptors(pids: list[int], most: int) -> Iterator[None]:
    """Each of these processes may have so many open."""
    before = [resource.prlimit(pid, resource.RLIMIT_NOFILE) for pid in pids]
    for pid, (_, hard) in zip(pids, before, strict=True):
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, hard))
    try:
        yield
    finally:
        for pid, limits in zip(pids, before, strict=True):
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)


@pytest.mark.parametrize("most", [20, 28, 36])
@pytest.mark.parametrize("which", ["the supervisor", "the actors", "all"])
def test_without_descriptors_a_session_is_refused_in_words(
    served: Served, which: str, most: int
) -> None:
    ours, actors = [served.process.pid], served.children()
    pids = {"the supervisor": ours, "the actors": actors, "all": [*ours, *actors]}[which]
    offer = {"sdp": an_offer(), "type": "offer"}
    with httpx.Client(base_url=served.url, timeout=60) as client:
        assert client.get("/readyz").status_code == 200
        with descriptors(pids, most):
            for path in ("/healthz", "/readyz"):
                answer = client.get(path)
                assert answer.status_code == 503
                assert "descriptors left" in answer.json()["msg"]
            answer = client.post("/offer", json=offer)
            assert answer.status_code == 503, answer.text
            assert "ulimit -n" in answer.json()["msg"]
            assert int(answer.headers["retry-after"]) > 0
        assert client.get("/readyz").status_code == 200
        begun = client.post("/offer", json=offer)
        assert begun.status_code == 200, begun.text
        client.post("/close", json={"sessionid": begun.json()["sessionid"]})
    assert served.children() == actors, "no process was restarted"
