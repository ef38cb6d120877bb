"""The operator's own pages, before the server's."""

from pathlib import Path

import pytest
import uvloop

from runtime.settings import Settings
from tests.server.service_recorder import Recorder, running


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    (folder / "asr").mkdir(parents=True)
    (folder / "mine.html").write_text("<script>mine()</script>")
    (folder / "asr" / "index.html").write_text("asr")
    (folder / ".env").write_text("KEY=hush")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("hush")
    (tmp_path / "outside.html").write_text("hush")
    (folder / "link.html").symlink_to(tmp_path / "outside.html")
    return folder


def get(path: str, pages: Path | None) -> tuple[int, str, dict[str, str]]:
    async def body() -> tuple[int, str, dict[str, str]]:
        async with running(Recorder(), Settings(pages=pages)) as client:
            answer = await client.get(path)
        return answer.status_code, answer.text, dict(answer.headers)

    return uvloop.run(body())


def test_own_pages_come_first_and_may_do_as_they_like(pages: Path) -> None:
    status, text, headers = get("/mine.html", pages)
    assert (status, text) == (200, "<script>mine()</script>")
    assert "content-security-policy" not in headers
    assert headers["cache-control"] == "no-cache"
    assert get("/asr/", pages)[:2] == (200, "asr")


def test_the_servers_own_page_stays(pages: Path) -> None:
    for folder in (pages, None):
        status, text, headers = get("/", folder)
        assert (status, "<title>" in text) == (200, True)
        assert "content-security-policy" in headers
    (pages / "index.html").write_text("mine")
    assert get("/", pages)[1] == "mine"
    assert get("/healthz", pages)[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/.env",
        "/.git/config",
        "/link.html",
        "/../outside.html",
        "/%2e%2e/outside.html",
        "/..%2foutside.html",
        "/nobody.html",
    ],
)
def test_nothing_else_is_served(pages: Path, path: str) -> None:
    status, text, _ = get(path, pages)
    assert (status, "hush" in text) == (404, False)
