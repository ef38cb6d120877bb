"""Sessions through the real actors, to a real WebRTC client."""

import asyncio
import os
from collections.abc import Iterator
from itertools import pairwise

import pytest
from prometheus_client.parser import text_string_to_metric_families

from data.services import SpeechStyle
from runtime.errors import (
    AtCapacity,
    BadOffer,
    CannotSpeak,
    TextRefused,
    UnknownAvatar,
    UnknownSession,
    UnreadableSound,
)
from runtime.layouts import RINGS
from server.sessions import manager
from tests.actors.ingest.sounds import wav
from tests.open_files import open_files
from tests.server.peer_client import SILENT, PeerClient
from tests.server.real_service import LONG, RealService, cache_with, settings

MOST = 3
ACTORS = ("ingest", "inference", "egress")
"""One of each process."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    cache = cache_with(tmp_path_factory.mktemp("cache"), "anna")
    made = RealService(settings(cache, max_calls=MOST))
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


def test_a_call_shows_an_idle_face_and_says_what_it_is_told(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            assert max(await client.listen(10)) < SILENT
            await service.say(session)
            await client.until_heard(20)
            assert service.speech.is_speaking(session)
            [info] = service.sessions.all()
            assert (info.sessionid, info.avatar, info.state) == (session, "builtin", "live")
            assert info.speaking
            await client.until(lambda: not service.speech.is_speaking(session))
            assert max((await client.listen(30))[-10:]) < SILENT
            await client.watch(10)
            await service.sessions.close(session)
            assert service.sessions.all() == []

    service.tell(story)


def test_what_is_said_before_the_client_is_connected_begins_at_its_first_word(
    service: RealService,
) -> None:
    async def story() -> None:
        client = PeerClient()
        answer = await service.sessions.open(await client.offer(), "offer", None)
        await service.say(answer.sessionid)
        follower = service.events.follow(answer.sessionid, 0)
        for _ in range(25):
            await service.health.metrics()
            assert not service.registry.find(answer.sessionid).speaking
        await client.accept(answer.sdp)
        with follower:
            told = [line.text for line in await follower.next()]
        assert not any('"start"' in text for text in told)
        await client.until_heard(20)
        await client.close()

    service.tell(story)


def test_a_sound_is_said_and_a_broken_one_refused(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            before = open_files()
            accepted = await service.speech.say_sound(
                session, upload(wav(1.0)), "tone.wav", interrupt=False
            )
            assert accepted.seconds == pytest.approx(1.0)
            await client.until_heard(30)
            with pytest.raises(UnreadableSound, match=r"letter\.txt"):
                await service.speech.say_sound(
                    session, upload(b"Dear Anna, " * 9), "letter.txt", interrupt=False
                )
            with pytest.raises(UnknownSession):
                await service.speech.say_sound("nobody", upload(wav(0.1)), "a", interrupt=False)
            assert open_files() == before

    service.tell(story)


def test_an_interrupt_right_behind_a_text_is_never_heard(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            for _ in range(3):
                asked = asyncio.ensure_future(service.say(session, LONG))
                await asyncio.sleep(0)
                service.speech.interrupt(session)
                await asked
            assert max(await client.listen(50)) < SILENT
            await service.say(session)
            service.speech.interrupt(session)
            assert max(await client.listen(50)) < SILENT
            assert not service.speech.is_speaking(session)
            await service.say(session)
            await client.until_heard()

    service.tell(story)


def test_an_interrupt_in_the_middle_silences_and_the_next_text_is_heard(
    service: RealService,
) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            await service.say(session, LONG)
            await service.say(session, LONG)
            await client.until_heard(20)
            service.speech.interrupt(session)
            await client.until(lambda: not service.speech.is_speaking(session))
            assert max((await client.listen(60))[-30:]) < SILENT
            await service.say(session, LONG)
            await client.until_heard(10)
            await service.say(session, "That will do.", interrupt=True)
            await client.until(lambda: not service.speech.is_speaking(session))
            await client.until(lambda: not service.registry.find(session).pending)
            assert max((await client.listen(60))[-20:]) < SILENT

    service.tell(story)


def test_no_more_calls_than_there_may_be(service: RealService) -> None:
    async def story() -> None:
        sdp = await an_offer()
        for _ in range(MOST):
            last = await service.sessions.open(sdp, "offer", None)
        with pytest.raises(AtCapacity) as caught:
            await service.sessions.open(sdp, "offer", None)
        assert (caught.value.status, caught.value.retry_after) == (503, 5)
        assert str(MOST) in str(caught.value)
        assert service.health.state().sessions == MOST
        await service.sessions.close(last.sessionid)
        await service.sessions.open(sdp, "offer", None)

    service.tell(story)


def test_a_client_that_never_connects_gives_up_its_place_to_the_next(
    service: RealService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manager, "CONNECTING_SECONDS", 0.0)

    async def story() -> None:
        sdp = await an_offer()
        async with service.session() as (live, _):
            waiting = [await service.sessions.open(sdp, "offer", None) for _ in range(MOST - 1)]
            late = await service.sessions.open(sdp, "offer", None)
            ids = [info.sessionid for info in service.sessions.all()]
            assert ids == [live, *(answer.sessionid for answer in waiting[1:]), late.sessionid]

    service.tell(story)


def test_those_that_are_connected_keep_their_places(
    service: RealService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manager, "CONNECTING_SECONDS", 0.0)

    async def story() -> None:
        sdp = await an_offer()
        async with service.session(), service.session(), service.session():
            with pytest.raises(AtCapacity):
                await service.sessions.open(sdp, "offer", None)
            assert len(service.sessions.all()) == MOST

    service.tell(story)


def test_an_offer_that_goes_on_with_a_session_ends_it_and_takes_its_place(
    service: RealService,
) -> None:
    async def story() -> None:
        sessions = [await service.sessions.open(await an_offer(), "offer", None)]
        for _ in range(MOST + 2):
            lost = sessions[-1].sessionid
            sessions.append(
                await service.sessions.open(await an_offer(), "offer", None, resume=lost)
            )
            with pytest.raises(UnknownSession):
                await service.sessions.close(lost)
        lost = sessions[-2].sessionid  # the answer of the last did not arrive
        again = await service.sessions.open(await an_offer(), "offer", None, resume=lost)
        with pytest.raises(UnknownSession):
            await service.sessions.close(sessions[-1].sessionid)
        sessions.append(again)
        unknown = await service.sessions.open(await an_offer(), "offer", None, resume="7")
        for one in (sessions[-1], unknown):
            await service.sessions.close(one.sessionid)

    service.tell(story)


def test_not_even_when_they_come_at_once_with_a_new_avatar(service: RealService) -> None:
    async def story() -> None:
        sdp = await an_offer()
        opening = [service.sessions.open(sdp, "offer", "anna") for _ in range(2 * MOST)]
        answers = await asyncio.gather(*opening, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, AtCapacity)]
        assert len(refused) == MOST
        assert {info.avatar for info in service.sessions.all()} == {"anna"}
        assert len(service.sessions.all()) == MOST

    service.tell(story)


@pytest.mark.parametrize("sdp", ["", "garbage", "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\n"])
def test_an_offer_that_is_none_leaves_nothing(service: RealService, sdp: str) -> None:
    async def story() -> None:
        before = [open_files(), *(open_files(service.pid(actor)) for actor in ACTORS)]
        for kind in ("offer", "answer"):
            with pytest.raises(BadOffer):
                await service.sessions.open(sdp, kind, None)
        with pytest.raises(UnknownAvatar, match="anna"):
            await service.sessions.open(sdp, "offer", "nobody")
        assert service.sessions.all() == []
        assert [open_files(), *(open_files(service.pid(actor)) for actor in ACTORS)] == before

    service.tell(story)


def test_a_call_that_is_not_there_is_unknown_to_all(service: RealService) -> None:
    async def story() -> None:
        for ask in (service.speech.interrupt, service.speech.is_speaking):
            with pytest.raises(UnknownSession, match="'nobody'"):
                ask("nobody")
        with pytest.raises(UnknownSession):
            await service.say("nobody")
        with pytest.raises(UnknownSession):
            await service.sessions.close("nobody")

    service.tell(story)


def test_what_cannot_be_said_is_refused_and_nothing_stays_pending(service: RealService) -> None:
    async def story() -> None:
        session = (await service.sessions.open(await an_offer(), "offer", None)).sessionid
        with pytest.raises(TextRefused):
            await service.say(session, "...")
        with pytest.raises(CannotSpeak, match="nobody"):
            await service.speech.say(session, "Hi.", style=SpeechStyle("nobody"), interrupt=False)
        assert not service.registry.find(session).pending

    service.tell(story)


def test_twenty_calls_leave_nothing_open(service: RealService) -> None:
    async def story() -> None:
        sdp = await an_offer()
        counts: list[list[int]] = []
        for number in range(20):
            session = (await service.sessions.open(sdp, "offer", None)).sessionid
            await service.say(session, "Hi.")
            await service.sessions.close(session)
            if number in (0, 19):
                files = [open_files(service.pid(actor)) for actor in ACTORS]
                counts.append([open_files(), *files])
        first, last = counts
        assert all(now <= before for before, now in zip(first, last, strict=True)), counts

    service.tell(story)


def test_a_viewer_who_leaves_ends_the_call(service: RealService) -> None:
    async def story() -> None:
        async with service.session():
            pass
        await service.until(lambda: not service.sessions.all())

    service.tell(story)


def counters(text: bytes) -> dict[tuple[str, str], float]:
    """Samples by name and their only label."""
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if "le" not in sample.labels
    }


def test_metrics_have_every_walls_counters_and_never_go_back(service: RealService) -> None:
    async def story() -> None:
        looks = [counters(await service.health.metrics())]
        async with service.session() as (session, client):
            await service.say(session)
            await client.until_heard(20)
            looks.append(counters(await service.health.metrics()))
            assert looks[-1]["ringtalk_sessions", ""] == 1
            await service.sessions.close(session)
        looks.append(counters(await service.health.metrics()))
        assert looks[-1]["ringtalk_sessions", ""] == 0
        for ring in RINGS:
            for name in ("published", "dropped", "stalls"):
                seen = [look[f"ringtalk_ring_{name}_total", ring] for look in looks]
                assert all(before <= after for before, after in pairwise(seen))
            published = [look["ringtalk_ring_published_total", ring] for look in looks]
            assert (published[0] < published[1]) == (ring != "mic"), "this client has no microphone"
            assert looks[-1]["ringtalk_ring_depth", ring] == 0
        ended = [look["ringtalk_sessions_ended_total", ""] for look in looks]
        assert ended[2] == ended[0] + 1
        for stage in ("ingest", "features", "inference", "compositor"):
            assert looks[1]["ringtalk_stage_seconds_count", stage] > 0
        assert looks[1]["ringtalk_ticks_total", "spoken"] > 0

    service.tell(story)


def test_two_calls_do_not_hear_each_other(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (speaking, loud), service.session() as (_, quiet):
            await service.say(speaking, LONG)
            await loud.until_heard(20)
            assert max(await quiet.listen(25)) < SILENT
            await quiet.watch(10)

    service.tell(story)
