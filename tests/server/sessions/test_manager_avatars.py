"""Avatars are removed, renamed and made while sessions show them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.clip import Clip
from data.head import FIRST_PERSON
from runtime.errors import AvatarKept, AvatarTaken, BadAvatarTask, NoSuchAvatar, UnknownAvatar
from server.sessions.actor_client import SHOWING
from tests.actors.session_rig import plain_clip
from tests.server.peer_client import PeerClient
from tests.server.real_service import RealService, cache_with, settings


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cache_with(tmp_path_factory.mktemp("cache"), "anna", "bea", "own")


@pytest.fixture(scope="module")
def service(home: Path) -> Iterator[RealService]:
    made = RealService(settings(home, avatar="own"))
    yield made
    made.stop()


async def shown(service: RealService, avatar: str) -> tuple[str, PeerClient]:
    client = PeerClient()
    answer = await service.sessions.open(await client.offer(), "offer", avatar)
    await client.accept(answer.sdp)
    await client.watch(1)
    return answer.sessionid, client


def names(service: RealService) -> list[str]:
    return [info.avatar for info in service.sessions.all()]


def test_a_session_keeps_a_removed_avatar_through_a_death_and_another_takes_its_name(
    service: RealService, home: Path
) -> None:
    library = service.service.library

    async def story() -> None:
        session, client = await shown(service, "anna")
        await library.remove("anna")
        assert not (home / "avatars" / "anna").exists()
        with pytest.raises(UnknownAvatar):
            await service.sessions.open(await PeerClient().offer(), "offer", "anna")
        await service.killed("inference")
        await client.watch(1)
        await service.say(session)
        await client.until_heard(20)
        assert names(service) == ["anna"]
        made = home / "avatars" / ".made"
        Clip.load(home / "avatars" / "bea").save(made)
        await library.install(made, "anna", replace=False)
        other, second = await shown(service, "anna")
        assert names(service) == ["anna", "anna"]
        for one, viewer in ((session, client), (other, second)):
            await service.sessions.close(one)
            await viewer.close()

    service.tell(story)
    left = {path.name for path in (home / "avatars").iterdir() if "removed" in path.name}
    assert left == set()


def test_no_process_and_no_disk_keeps_a_removed_avatar_once_no_session_shows_it(
    service: RealService, home: Path
) -> None:
    library = service.service.library
    Clip.load(home / "avatars" / "own").save(home / "avatars" / "eve")

    def mapped() -> set[str]:
        """The actors that map its files, under whichever name."""
        of = {name: Path(f"/proc/{service.pid(name)}/maps").read_text() for name in SHOWING}
        return {name for name, maps in of.items() if "eve/" in maps or ".removed-eve" in maps}

    async def story() -> None:
        for removed_first in (False, True):
            session, client = await shown(service, "eve")
            assert mapped() == set(SHOWING)
            if removed_first:
                await library.remove("eve")
                assert mapped() == set(SHOWING)
            await service.sessions.close(session)
            await client.close()
            if not removed_first:
                assert mapped() == set(SHOWING), "for the next session"
        await service.until(lambda: not mapped())
        Clip.load(home / "avatars" / "own").save(home / "avatars" / "eve")
        session, client = await shown(service, "eve")
        await library.remove("eve")
        await service.appearance.set_avatar(session, "own")
        await service.until(lambda: not mapped() and left("eve") == [])
        await client.watch(1)
        await service.sessions.close(session)
        await client.close()

    def left(name: str) -> list[str]:
        return [path.name for path in (home / "avatars").iterdir() if name in path.name]

    service.tell(story)


def test_a_session_follows_its_avatar_to_a_new_name(service: RealService, home: Path) -> None:
    library = service.service.library
    network = home / "models" / "ultralight" / "bea.pth"
    network.parent.mkdir(parents=True)
    network.write_bytes(b"weights")

    async def story() -> None:
        session, client = await shown(service, "bea")
        await library.rename("bea", "clio")
        assert names(service) == ["clio"]
        await service.killed("inference")
        await client.watch(1)
        await service.sessions.close(session)
        await client.close()

    service.tell(story)
    assert Clip.load(home / "avatars" / "clio").name == "clio"
    assert (network.parent / "clio.pth").read_bytes() == network.read_bytes()


def test_what_may_not_be_done_is_refused(service: RealService, home: Path) -> None:
    library = service.service.library
    plain_clip().save(home / "avatars" / "dora")

    async def story() -> None:
        for name in (FIRST_PERSON, "tomas-landscape", "builtin", "own"):
            with pytest.raises(AvatarKept):
                await library.remove(name)
            with pytest.raises(AvatarKept):
                await library.rename(name, "x")
        for name in ("nobody", "..", ".lock", "", "a" * 300, "a\0b"):
            with pytest.raises(NoSuchAvatar):
                await library.remove(name)
            with pytest.raises(NoSuchAvatar):
                await library.poster(name)
        with pytest.raises(AvatarTaken, match="take another name, or delete it first"):
            await library.rename("dora", "own")
        for name in ("mira-2", "a/b", "..", "x" * 65):
            with pytest.raises(BadAvatarTask):
                await library.rename("dora", name)
        with pytest.raises(NoSuchAvatar, match="has no contact sheet"):
            await library.sheet("dora")
        with pytest.raises(NoSuchAvatar, match="has no preview"):
            await library.preview("dora")
        with pytest.raises(NoSuchAvatar, match="'mira' came with ringtalk and has no report"):
            await library.report("mira")
        os.truncate(home / "avatars" / "dora" / "frames.npy", 10)
        with pytest.raises(NoSuchAvatar, match="is broken"):
            await library.poster("dora")
        await library.remove("dora")

    service.tell(story)


def test_everyone_has_a_poster(service: RealService) -> None:
    async def story() -> None:
        for name in (FIRST_PERSON, "builtin", "tomas-landscape", "own"):
            picture = await service.service.library.poster(name)
            assert picture.kind == "image/jpeg"
            assert picture.content.startswith(b"\xff\xd8")

    service.tell(story)
