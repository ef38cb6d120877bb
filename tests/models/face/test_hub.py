"""Pulling from a hub: what comes is what was published, and what is cut short goes on."""

import errno
import fcntl
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NoReturn

import pytest

from models.face import hub as hub_module
from models.face.hub import pull
from models.face.hub_line import HubError, Remote
from tests.models.face.hub_server import Hub, running

DATA: Final = random.Random(3).randbytes(300_000)
HALF: Final = 150_000
REPOSITORY: Final = "someone/some-weights"
REVISION: Final = "main"
LARGE: Final = "folder/unet.pth"
SMALL: Final = "config.json"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with a large and a small file.

    The library neither pauses between its attempts nor holds back 10 MB before it writes.
    """
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 1000)
    with running() as hub:
        hub.add(REPOSITORY, REVISION, LARGE, DATA, lfs=True)
        hub.add(REPOSITORY, REVISION, SMALL, b'{"a": 1}\n', lfs=False)
        yield hub


class Told:
    """Keeps what `tell` was told."""

    def __init__(self) -> None:
        self.said: list[tuple[str, int, int | None]] = []

    def __call__(self, what: str, done: int, total: int | None) -> None:
        self.said.append((what, done, total))


def of(hub: Hub, name: str = LARGE, revision: str = REVISION) -> Remote:
    return Remote(REPOSITORY, revision, name, hub.endpoint)


def nothing(what: str, done: int, total: int | None) -> None:
    """Nobody looks at the progress."""


def storage_of(name: str) -> str:
    return f"{REPOSITORY}/resolve/{REVISION}/{name}"


def parts(folder: Path) -> list[Path]:
    return list(folder.glob(".*.part"))


def test_a_large_file_comes_whole_with_its_sha256(hub: Hub, tmp_path: Path) -> None:
    told = Told()
    pulled = pull(of(hub), tmp_path / "m" / "unet.pth", told)
    assert pulled == (tmp_path / "m" / "unet.pth", len(DATA), "fetched")
    assert pulled.path.read_bytes() == DATA
    assert [path.name for path in pulled.path.parent.iterdir()] == ["unet.pth"]
    assert told.said[0] == ("unet.pth", 0, len(DATA))
    assert ("unet.pth", len(DATA), len(DATA)) in told.said
    assert told.said[-1] == ("checking unet.pth", len(DATA), len(DATA))


def test_a_small_file_is_compared_with_its_git_hash(hub: Hub, tmp_path: Path) -> None:
    target = tmp_path / SMALL
    assert pull(of(hub, SMALL), target, nothing).state == "fetched"
    assert target.read_bytes() == b'{"a": 1}\n'
    hub.sent[storage_of(SMALL)] = b'{"a": 2}\n'
    target.unlink()
    with pytest.raises(HubError, match=r"config\.json of someone/some-weights: its hash is"):
        pull(of(hub, SMALL), target, nothing)
    assert not target.exists()


def test_nothing_is_asked_but_the_files_and_nothing_is_told_of_this_machine(
    hub: Hub, tmp_path: Path
) -> None:
    pull(of(hub), tmp_path / "unet.pth", nothing)
    assert all(LARGE in asked.path for asked in hub.asked)
    assert not any("torch" in asked.agent or "agent/" in asked.agent for asked in hub.asked)


def test_what_is_there_is_not_fetched_again(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "unet.pth").write_bytes(DATA)
    assert pull(of(hub), tmp_path / "unet.pth", nothing).state == "there already"
    assert hub.gets() == []


def test_another_file_is_replaced_only_when_asked_to(hub: Hub, tmp_path: Path) -> None:
    target = tmp_path / "unet.pth"
    target.write_bytes(DATA[::-1])
    with pytest.raises(HubError, match="another file is there already; --replace"):
        pull(of(hub), target, nothing)
    assert target.read_bytes() == DATA[::-1]
    assert pull(of(hub), target, nothing, replace=True).state == "fetched"
    assert target.read_bytes() == DATA


def test_a_pull_that_was_cut_short_goes_on(hub: Hub, tmp_path: Path) -> None:
    hub.cut = [HALF]
    hub.statuses = [None, None, None, (503, "")]
    with pytest.raises(HubError, match="the hub answers 503"):
        pull(of(hub), tmp_path / "unet.pth", nothing)
    [part] = parts(tmp_path)
    assert part.read_bytes() == DATA[:HALF]
    hub.asked.clear()
    told = Told()
    assert pull(of(hub), tmp_path / "unet.pth", told).state == "continued"
    assert (tmp_path / "unet.pth").read_bytes() == DATA
    assert [asked.range for asked in hub.gets()] == [f"bytes={HALF}-"]
    assert told.said[0] == ("unet.pth", HALF, len(DATA))
    assert parts(tmp_path) == []


def test_a_broken_line_is_taken_up_within_a_pull(hub: Hub, tmp_path: Path) -> None:
    hub.cut = [1000, HALF]
    assert pull(of(hub), tmp_path / "unet.pth", nothing).state == "fetched"
    assert (tmp_path / "unet.pth").read_bytes() == DATA
    assert [asked.range for asked in hub.gets()] == [None, "bytes=1000-", f"bytes={HALF + 1000}-"]


def test_a_line_that_breaks_for_ever_is_given_up(hub: Hub, tmp_path: Path) -> None:
    hub.cut = [1000, *[0] * 20]
    with pytest.raises(HubError, match=r"no connection.*what has arrived is kept"):
        pull(of(hub), tmp_path / "unet.pth", nothing)
    assert [part.stat().st_size for part in parts(tmp_path)] == [1000]


def test_a_hub_that_cannot_go_on_in_the_middle(hub: Hub, tmp_path: Path) -> None:
    hub.ranges = False
    hub.cut = [HALF]
    pull(of(hub), tmp_path / "unet.pth", nothing)
    assert (tmp_path / "unet.pth").read_bytes() == DATA


def test_parts_that_cannot_be_this_file_go(hub: Hub, tmp_path: Path) -> None:
    hub.cut = [HALF]
    hub.statuses = [None, None, None, (503, "")]
    with pytest.raises(HubError):
        pull(of(hub), tmp_path / "unet.pth", nothing)
    [part] = parts(tmp_path)
    part.write_bytes(DATA + b"more")
    (tmp_path / ".unet.pth.0123456789abcdef.part").write_bytes(b"of another commit")
    assert pull(of(hub), tmp_path / "unet.pth", nothing).state == "fetched"
    assert [path.name for path in tmp_path.iterdir()] == ["unet.pth"]


def test_other_bytes_than_published_are_removed(hub: Hub, tmp_path: Path) -> None:
    hub.sent[storage_of(LARGE)] = DATA[:-1] + bytes([DATA[-1] ^ 1])
    with pytest.raises(HubError, match=r"its hash is .* publishes .*: removed"):
        pull(of(hub), tmp_path / "unet.pth", nothing)
    assert list(tmp_path.iterdir()) == []


def test_bytes_kept_from_before_that_went_bad_are_removed(hub: Hub, tmp_path: Path) -> None:
    hub.cut = [HALF]
    hub.statuses = [None, None, None, (503, "")]
    with pytest.raises(HubError):
        pull(of(hub), tmp_path / "unet.pth", nothing)
    [part] = parts(tmp_path)
    part.write_bytes(bytes(HALF))
    with pytest.raises(HubError, match="removed"):
        pull(of(hub), tmp_path / "unet.pth", nothing)
    assert pull(of(hub), tmp_path / "unet.pth", nothing).state == "fetched"


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (401, "RepoNotFound", "answers 401.*private, gated or not there; set HF_TOKEN"),
        (403, "GatedRepo", "answers 403.*HF_TOKEN"),
        (404, "EntryNotFound", r"answers 404: there is no folder/unet\.pth"),
        (404, "RevisionNotFound", "some-weights at main: the hub answers 404"),
        (500, "", "answers 500.*try again later"),
        (429, "", "answers 429.*try again later"),
    ],
)
def test_a_refusal_is_explained(
    status: int, code: str, said: str, hub: Hub, tmp_path: Path
) -> None:
    hub.statuses = [(status, code)] * 9
    with pytest.raises(HubError, match=said):
        pull(of(hub), tmp_path / "unet.pth", nothing)
    assert list(tmp_path.iterdir()) == []


def test_a_token_goes_to_the_hub_and_not_to_its_storage(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.token = "secret"
    with pytest.raises(HubError, match="HF_TOKEN"):
        pull(of(hub), tmp_path / "unet.pth", nothing)
    monkeypatch.setenv("HF_TOKEN", "secret")
    hub.asked.clear()
    pull(of(hub), tmp_path / "unet.pth", nothing)
    tokens = {asked.path.startswith("/storage"): asked.token for asked in hub.asked}
    assert tokens == {False: "Bearer secret", True: None}


def test_no_hub_to_be_reached(tmp_path: Path) -> None:
    with running() as gone:
        remote = of(gone)
    with pytest.raises(HubError, match=r"no connection to the hub .*HF_ENDPOINT to a mirror"):
        pull(remote, tmp_path / "unet.pth", nothing)


def test_offline(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="HF_HUB_OFFLINE forbids"):
        pull(of(hub), tmp_path / "unet.pth", nothing)


def test_no_published_hash_no_file(hub: Hub, tmp_path: Path) -> None:
    hub.hashes = False
    with pytest.raises(HubError, match="the hub publishes no hash"):
        pull(of(hub, SMALL), tmp_path / SMALL, nothing)
    assert hub.gets() == []


def test_too_little_room(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(HubError, match="0 MB are free; make room"):
        pull(of(hub), tmp_path / "unet.pth", nothing)
    assert hub.gets() == []


def test_a_disk_that_fills_up(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(hub_module, "download", full)
    with pytest.raises(HubError, match=r"unet\.pth: the disk is full; what has arrived is kept"):
        pull(of(hub), tmp_path / "unet.pth", nothing)


def test_two_pulls_at_once(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def second(*given: object) -> NoReturn:
        [part] = parts(tmp_path)
        with part.open("rb") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(HubError, match="another pull is writing it"):
            pull(of(hub), tmp_path / "unet.pth", nothing)
        raise HubError("seen")

    monkeypatch.setattr(hub_module, "download", second)
    with pytest.raises(HubError, match=r"^seen$"):
        pull(of(hub), tmp_path / "unet.pth", nothing)


def test_without_the_library(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "find_spec", lambda name: None)
    with pytest.raises(HubError, match=r"pip install 'ringtalk\[neural\]'"):
        pull(of(hub), tmp_path / "unet.pth", nothing)
