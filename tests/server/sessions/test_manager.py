"""Calls through the real actors, to a real WebRTC client."""

import asyncio
import os
from collections.abc import Iterator
from itertools import pairwise

import pytest
from prometheus_client.parser import text_string_to_metric_families

from data.services import Manner
from runtime.errors import (
    AtCapacity,
    BadOffer,
    CannotSpeak,
    TextRefused,
    UnknownAvatar,
    UnknownSession,
    UnreadableSound,
)
from runtime.layouts import WALLS
from tests.actors.ingest.sounds import wav
from tests.open_files import open_files
from tests.server.peer_client import SILENT, PeerClient
from tests.server.real_service import LONG, RealHouse, cache_with, settings

MOST = 3
ACTORS = ("ingest", "inference", "egress")
"""One of each process."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHouse]:
    cache = cache_with(tmp_path_factory.mktemp("cache"), "anna")
    made = RealHouse(settings(cache, max_calls=MOST))
    yield made
    made.stop()


async def an_offer() -> str:
    client = PeerClient()
    sdp = await client.offer()
    await client.close()
    return sdp


def upload(data: bytes) -> int:
    memory = os.memfd_create("upload")
    os.write(memory, data)
    os.lseek(memory, 0, os.SEEK_SET)
    return memory


def test_a_call_shows_an_idle_face_and_says_what_it_is_told(house: RealHouse) -> None:
    async def story() -> None:
        async with house.call() as (session, client):
            assert max(await client.listen(10)) < SILENT
            await house.say(session)
            await client.until_heard(20)
            assert house.calls.is_speaking(session)
            [info] = house.calls.sessions()
            assert (info.sessionid, info.avatar, info.state) == (session, "builtin", "live")
            assert info.speaking
            await client.until(lambda: not house.calls.is_speaking(session))
            assert max((await client.listen(30))[-10:]) < SILENT
            await client.watch(10)
            await house.calls.close(session)
            assert house.calls.sessions() == []

    house.tell(story)


def test_a_sound_is_said_and_a_broken_one_refused(house: RealHouse) -> None:
    async def story() -> None:
        async with house.call() as (session, client):
            before = open_files()
            accepted = await house.calls.say_sound(
                session, upload(wav(1.0)), "tone.wav", interrupt=False
            )
            assert accepted.seconds == pytest.approx(1.0)
            await client.until_heard(30)
            with pytest.raises(UnreadableSound, match=r"letter\.txt"):
                await house.calls.say_sound(
                    session, upload(b"Dear Anna, " * 9), "letter.txt", interrupt=False
                )
            with pytest.raises(UnknownSession):
                await house.calls.say_sound("nobody", upload(wav(0.1)), "a", interrupt=False)
            assert open_files() == before

    house.tell(story)


def test_an_interrupt_right_behind_a_text_is_never_heard(house: RealHouse) -> None:
    async def story() -> None:
        async with house.call() as (session, client):
            for _ in range(3):
                asked = asyncio.ensure_future(house.say(session, LONG))
                await asyncio.sleep(0)
                house.calls.interrupt(session)
                await asked
            assert max(await client.listen(50)) < SILENT
            await house.say(session)
            house.calls.interrupt(session)
            assert max(await client.listen(50)) < SILENT
            assert not house.calls.is_speaking(session)
            await house.say(session)
            await client.until_heard()

    house.tell(story)


def test_an_interrupt_in_the_middle_silences_and_the_next_text_is_heard(house: RealHouse) -> None:
    async def story() -> None:
        async with house.call() as (session, client):
            await house.say(session, LONG)
            await house.say(session, LONG)
            await client.until_heard(20)
            house.calls.interrupt(session)
            await client.until(lambda: not house.calls.is_speaking(session))
            assert max((await client.listen(60))[-30:]) < SILENT
            await house.say(session, LONG)
            await client.until_heard(10)
            await house.say(session, "That will do.", interrupt=True)
            await client.until(lambda: not house.calls.is_speaking(session))
            await client.until(lambda: not house.calls._calls[session].pending)
            assert max((await client.listen(60))[-20:]) < SILENT

    house.tell(story)


def test_no_more_calls_than_there_may_be(house: RealHouse) -> None:
    async def story() -> None:
        sdp = await an_offer()
        for _ in range(MOST):
            last = await house.calls.open(sdp, "offer", None)
        with pytest.raises(AtCapacity) as caught:
            await house.calls.open(sdp, "offer", None)
        assert (caught.value.status, caught.value.retry_after) == (503, 5)
        assert str(MOST) in str(caught.value)
        assert house.calls.health().sessions == MOST
        await house.calls.close(last.sessionid)
        await house.calls.open(sdp, "offer", None)

    house.tell(story)


def test_not_even_when_they_come_at_once_with_a_new_avatar(house: RealHouse) -> None:
    async def story() -> None:
        sdp = await an_offer()
        opening = [house.calls.open(sdp, "offer", "anna") for _ in range(2 * MOST)]
        answers = await asyncio.gather(*opening, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, AtCapacity)]
        assert len(refused) == MOST
        assert {info.avatar for info in house.calls.sessions()} == {"anna"}
        assert len(house.calls.sessions()) == MOST

    house.tell(story)


@pytest.mark.parametrize("sdp", ["", "garbage", "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\n"])
def test_an_offer_that_is_none_leaves_nothing(house: RealHouse, sdp: str) -> None:
    async def story() -> None:
        before = [open_files(), *(open_files(house.pid(actor)) for actor in ACTORS)]
        for kind in ("offer", "answer"):
            with pytest.raises(BadOffer):
                await house.calls.open(sdp, kind, None)
        with pytest.raises(UnknownAvatar, match="anna"):
            await house.calls.open(sdp, "offer", "nobody")
        assert house.calls.sessions() == []
        assert [open_files(), *(open_files(house.pid(actor)) for actor in ACTORS)] == before

    house.tell(story)


def test_a_call_that_is_not_there_is_unknown_to_all(house: RealHouse) -> None:
    async def story() -> None:
        for ask in (house.calls.interrupt, house.calls.is_speaking):
            with pytest.raises(UnknownSession, match="'nobody'"):
                ask("nobody")
        with pytest.raises(UnknownSession):
            await house.say("nobody")
        with pytest.raises(UnknownSession):
            await house.calls.close("nobody")

    house.tell(story)


def test_what_cannot_be_said_is_refused_and_nothing_stays_pending(house: RealHouse) -> None:
    async def story() -> None:
        session = (await house.calls.open(await an_offer(), "offer", None)).sessionid
        with pytest.raises(TextRefused):
            await house.say(session, "...")
        with pytest.raises(CannotSpeak, match="nobody"):
            await house.calls.say(session, "Hi.", manner=Manner("nobody"), interrupt=False)
        assert not house.calls._calls[session].pending

    house.tell(story)


def test_twenty_calls_leave_nothing_open(house: RealHouse) -> None:
    async def story() -> None:
        sdp = await an_offer()
        counts: list[list[int]] = []
        for number in range(20):
            session = (await house.calls.open(sdp, "offer", None)).sessionid
            await house.say(session, "Hi.")
            await house.calls.close(session)
            if number in (0, 19):
                files = [open_files(house.pid(actor)) for actor in ACTORS]
                counts.append([open_files(), *files])
        assert counts[0] == counts[1]

    house.tell(story)


def test_a_viewer_who_leaves_ends_the_call(house: RealHouse) -> None:
    async def story() -> None:
        async with house.call():
            pass
        await house.until(lambda: not house.calls.sessions())

    house.tell(story)


def counters(text: bytes) -> dict[tuple[str, str], float]:
    """Samples by name and their only label."""
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if "le" not in sample.labels
    }


def test_metrics_have_every_walls_counters_and_never_go_back(house: RealHouse) -> None:
    async def story() -> None:
        looks = [counters(await house.calls.metrics())]
        async with house.call() as (session, client):
            await house.say(session)
            await client.until_heard(20)
            looks.append(counters(await house.calls.metrics()))
            assert looks[-1]["ringtalk_calls", ""] == 1
            await house.calls.close(session)
        looks.append(counters(await house.calls.metrics()))
        assert looks[-1]["ringtalk_calls", ""] == 0
        for wall in WALLS:
            for name in ("published", "dropped", "stalls"):
                seen = [look[f"ringtalk_ring_{name}_total", wall] for look in looks]
                assert all(before <= after for before, after in pairwise(seen))
            published = [look["ringtalk_ring_published_total", wall] for look in looks]
            assert (published[0] < published[1]) == (wall != "mic"), "this client has no microphone"
            assert looks[-1]["ringtalk_ring_depth", wall] == 0
        ended = [look["ringtalk_calls_ended_total", ""] for look in looks]
        assert ended[2] == ended[0] + 1
        for stage in ("ingest", "features", "inference", "compositor"):
            assert looks[1]["ringtalk_stage_seconds_count", stage] > 0
        assert looks[1]["ringtalk_ticks_total", "spoken"] > 0

    house.tell(story)


def test_two_calls_do_not_hear_each_other(house: RealHouse) -> None:
    async def story() -> None:
        async with house.call() as (speaking, loud), house.call() as (_, quiet):
            await house.say(speaking, LONG)
            await loud.until_heard(20)
            assert max(await quiet.listen(25)) < SILENT
            await quiet.watch(10)

    house.tell(story)
