"""What is behind the person of a session, seen in the pictures that a real client gets."""

import asyncio
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from data.head import FIRST_PERSON
from runtime.errors import (
    BadBackground,
    FixedBackground,
    UnknownBackground,
    UnknownSession,
)
from tests.server.peer_client import PeerClient
from tests.server.real_service import RealService, cache_with, settings

WHITE, BLACK, OWN = (150, 255), (0, 30), (100, 150)
"""Luma of the upper left corner: of white and black as they are lit there, and of the avatar's
own background."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    cache = cache_with(tmp_path_factory.mktemp("cache"), "anna")
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


def a_picture(grey: int) -> bytes:
    return cv2.imencode(".png", np.full((90, 160, 3), grey, np.uint8))[1].tobytes()


def test_a_call_begins_in_front_of_what_is_wanted_and_is_changed(service: RealService) -> None:
    async def story() -> None:
        client = PeerClient()
        answer = await service.sessions.open(await client.offer(), "offer", None, "#ffffff")
        await client.accept(answer.sdp)
        await until_corner(client, WHITE)
        key = await service.appearance.keep_background(a_picture(0))
        await service.appearance.set_background(answer.sessionid, key)
        await until_corner(client, BLACK)
        await service.appearance.set_background(answer.sessionid, "")
        await until_corner(client, OWN)
        await client.close()

    service.tell(story)


def test_of_changes_at_once_the_last_one_stays(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            wishes = ["#ffffff", "", "#ff0000", "#00ff00", "#000000"]
            await asyncio.gather(
                *(service.appearance.set_background(session, wanted) for wanted in wishes)
            )
            await until_corner(client, BLACK)
            await client.watch(3)
            await until_corner(client, BLACK)

    service.tell(story)


def test_it_is_still_there_after_the_compositor_was_killed(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            await service.appearance.set_background(session, "#ffffff")
            await until_corner(client, WHITE)
            await service.killed("compositor")
            await service.say(session)
            await client.until_heard()  # what comes from now on comes from the next one
            client.picture = None
            await until_corner(client, WHITE)

    service.tell(story)


def test_what_cannot_be_is_refused_and_the_call_goes_on(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            for background, error in (
                ("red", BadBackground),
                ("/etc/passwd", BadBackground),
                ("0" * 32, UnknownBackground),
            ):
                with pytest.raises(error):
                    await service.appearance.set_background(session, background)
            with pytest.raises(UnknownSession):
                await service.appearance.set_background("nobody", "#ffffff")
            await client.watch(5)
            await until_corner(client, OWN)

    service.tell(story)


def test_an_avatar_without_a_matte_keeps_its_own(service: RealService) -> None:
    async def story() -> None:
        client = PeerClient()
        sdp = await client.offer()
        with pytest.raises(FixedBackground, match="'anna' is part of its pictures"):
            await service.sessions.open(sdp, "offer", "anna", "#ffffff")
        assert service.sessions.all() == []
        answer = await service.sessions.open(sdp, "offer", "anna")
        await client.accept(answer.sdp)
        await client.watch(1)
        with pytest.raises(FixedBackground):
            await service.appearance.set_background(answer.sessionid, "#ffffff")
        await client.watch(3)
        await client.close()

    service.tell(story)


def test_everyone_is_listed(service: RealService) -> None:
    async def story() -> None:
        rows = {row.name: row for row in await service.appearance.avatars()}
        first = rows[FIRST_PERSON]
        assert (first.default, first.prepared, first.replaceable) == (True,) * 3
        anna = rows["anna"]
        assert (anna.default, anna.prepared, anna.replaceable) == (False, True, False)
        assert (anna.width, anna.height, anna.broken) == (512, 512, "")
        assert not any(name.startswith(f"{FIRST_PERSON}-") and len(name) > 20 for name in rows)

    service.tell(story)
