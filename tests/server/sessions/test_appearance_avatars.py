"""A running session is given another avatar, seen in the pictures that a real client gets."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from actors.avatars import clip_of
from data.avatar_name import BUILTIN
from data.head import FIRST_PERSON
from runtime.errors import OtherShape, UnknownAvatar, UnknownSession
from server.sessions.event_log import Follower
from tests.server.peer_client import SILENT, PeerClient
from tests.server.real_service import LONG, RealService, cache_with, settings

BRIGHT, DARK = (100, 255), (0, 60)
"""Luma of the upper left corner: of the built-in person, and of the one in the dark."""


def in_the_dark(cache: Path) -> None:
    """`dark`: the built-in person before black, and in black from head to foot but for the face."""
    clip = clip_of(BUILTIN, cache)
    frames = clip.frames[:3].copy()
    frames[:, :100] = 20
    dark = replace(
        clip,
        name="dark",
        frames=frames,
        placements=clip.placements[:3],
        clear=None,
        behind=None,
        order=None,
    )
    dark.save(cache / "avatars" / "dark")


def of_another_size(cache: Path) -> None:
    """`small`: the built-in person's face in a picture of 256 x 256."""
    clip = clip_of(BUILTIN, cache)
    frames = np.full((1, 384, 256), 90, np.uint8)
    small = replace(
        clip,
        name="small",
        frames=frames,
        placements=clip.placements[:1],
        clear=None,
        behind=None,
        order=None,
    )
    small.save(cache / "avatars" / "small")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    cache = cache_with(tmp_path_factory.mktemp("cache"))
    in_the_dark(cache)
    of_another_size(cache)
    (cache / "avatars" / "broken").mkdir()
    made = RealService(settings(cache, drain_seconds=0))
    yield made
    made.stop()


async def until_corner(client: PeerClient, within: tuple[int, int]) -> None:
    """Wait for a picture whose upper left corner is so bright."""

    def found() -> bool:
        if client.picture is None:
            return False
        corner = client.picture.to_ndarray(format="gray")[:16, :16].mean()
        return bool(within[0] <= corner <= within[1])

    await client.until(found)


async def until_told(follower: Follower, avatar: str) -> None:
    """Wait for the event that the session has this avatar."""
    wanted = f'"status":"avatar","avatar":"{avatar}","own_background":false'
    while not any(wanted in event.text for event in await follower.next()):
        pass


def test_a_silent_and_a_speaking_session_get_another_avatar(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            await until_corner(client, BRIGHT)
            await service.appearance.set_avatar(session, "dark")
            await until_corner(client, DARK)
            with service.events.follow(session, 0) as follower:
                await until_told(follower, "dark")
            await service.say(session, LONG)
            await client.until_heard(20)
            await service.appearance.set_avatar(session, FIRST_PERSON)
            await until_corner(client, BRIGHT)
            assert max(await client.listen(20)) > SILENT, "it speaks on"
            assert service.speech.is_speaking(session)
            assert [info.avatar for info in service.sessions.all()] == [FIRST_PERSON]

    service.tell(story)


def test_of_changes_at_once_the_last_one_stays(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            wishes = ["dark", FIRST_PERSON, "dark", FIRST_PERSON, "dark"]
            await asyncio.gather(
                *(service.appearance.set_avatar(session, wanted) for wanted in wishes)
            )
            await until_corner(client, DARK)
            await client.watch(5)
            await until_corner(client, DARK)

    service.tell(story)


def test_it_is_still_there_after_the_processes_of_the_face_were_killed(
    service: RealService,
) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            await service.appearance.set_avatar(session, "dark")
            await until_corner(client, DARK)
            await service.killed("compositor")
            await service.killed("inference")
            await service.say(session)
            await client.until_heard()
            client.picture = None
            await until_corner(client, DARK)
            await service.appearance.set_avatar(session, FIRST_PERSON)
            await until_corner(client, BRIGHT)

    service.tell(story)


def test_a_background_goes_on_where_the_avatar_allows_it(service: RealService) -> None:
    async def story() -> None:
        client = PeerClient()
        answer = await service.sessions.open(await client.offer(), "offer", FIRST_PERSON, "#000000")
        await client.accept(answer.sdp)
        await until_corner(client, DARK)
        await service.appearance.set_avatar(answer.sessionid, "builtin")
        await client.watch(5)
        await until_corner(client, DARK)
        await service.appearance.set_avatar(answer.sessionid, "dark")
        assert service.registry.find(answer.sessionid).rings.spec.background == ""
        await client.watch(2)
        await client.close()

    service.tell(story)


def test_what_cannot_be_shown_is_refused_and_the_face_stays(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            for avatar, error, says in (
                ("nobody", UnknownAvatar, "there are: "),
                ("broken", UnknownAvatar, "clip.json"),
                ("small", OtherShape, "'small' is 256 x 256, this session is 512 x 512"),
            ):
                with pytest.raises(error, match=says):
                    await service.appearance.set_avatar(session, avatar)
            with pytest.raises(UnknownSession):
                await service.appearance.set_avatar("none", "dark")
            await client.watch(3)
            await until_corner(client, BRIGHT)
            assert service.registry.find(session).rings.spec.look == 0

    service.tell(story)
