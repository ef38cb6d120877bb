"""Actions in a real session: silent and speaking, named in a text, with a sound of their own."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from actors.avatars import clip_of
from data.avatar_name import BUILTIN
from runtime.errors import BadAction, UnknownAction
from tests.actors.ingest.sounds import wav
from tests.data.tiny_action import save_action, tiny_action
from tests.server.peer_client import PeerClient
from tests.server.real_service import LONG, RealService, cache_with, settings
from tests.server.sessions.test_manager_events import named, until

ANNA = "anna"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    cache = cache_with(tmp_path_factory.mktemp("cache"), ANNA)
    home = cache / "avatars" / ANNA
    short = clip_of(ANNA, cache)
    save_action(tiny_action(short, "bow", 20, number=3), home)
    save_action(tiny_action(short, "door", 8, faces=False, sound=b"x"), home, wav(0.6))
    made = RealService(settings(cache, avatar=ANNA, drain_seconds=0))
    yield made
    made.stop()


def acts(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["name"], one["phase"]) for one in named(events, "action")]


def test_an_action_is_played_silent_and_speaking_and_told_of(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, _):
            with service.events.follow(session, 0) as follower:
                await service.service.actions.play(session, "bow")
                events = await until(follower, "action", name="bow", phase="end")
                assert acts(events) == [("bow", "start"), ("bow", "end")]
                start, end = named(events, "action")
                assert end["tick"] - start["tick"] == 20
                await service.say(session, LONG)
                await until(follower, "start")
                await service.service.actions.play_number(session, 3)
                await until(follower, "action", phase="start")
                await service.service.actions.play_number(session, 0)
                events = await until(follower, "action", phase="end")
                assert not named(events, "end"), "it speaks on"
            with pytest.raises(UnknownAction, match="has no action 'wave'; there are: bow, door"):
                await service.service.actions.play(session, "wave")
            with pytest.raises(UnknownAction, match=r"number 9; there are: 3 \(bow\)"):
                await service.service.actions.play_number(session, 9)

    service.tell(story)


def test_an_action_in_a_text_begins_in_the_tick_of_its_word(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, _):
            with service.events.follow(session, 0) as follower:
                await service.say(session, "Welcome to my house, please [bow] come and [wave] too.")
                events = await until(follower, "end")
            words = {one["text"]: one["tick"] for one in named(events, "word")}
            [begun] = [one for one in named(events, "action") if one["phase"] == "start"]
            assert begun["tick"] == words["come"]
            said = [one["text"] for one in named(events, "sentence")]
            assert said == ["Welcome to my house, please come and wave too."]

    service.tell(story)


def test_an_action_with_a_sound_lasts_as_long_and_an_interrupt_ends_both(
    service: RealService,
) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            with service.events.follow(session, 0) as follower:
                await service.service.actions.play(session, "door")
                events = await until(follower, "action", phase="end")
                [start] = named(events, "start")
                begun = named(events, "action")[0]
                assert abs(begun["tick"] - start["tick"]) <= 1, "it begins with its sound"
                assert named(events, "end"), "and its sound was heard to the end"
                await client.until_heard(1)
                await service.service.actions.play(session, "door")
                await until(follower, "action", phase="start")
                service.speech.interrupt(session)
                await until(follower, "action", phase="end")

    service.tell(story)


def test_an_offer_may_number_actions_and_name_no_path(service: RealService) -> None:
    async def story() -> None:
        client = PeerClient()
        offer = await client.offer()
        for custom in ("[", '[{"audiotype": 2, "imgpath": "/etc"}]'):
            with pytest.raises(BadAction, match="custom_config"):
                await service.sessions.open(offer, "offer", None, custom=custom)
        assert service.sessions.all() == []
        custom = json.dumps([{"audiotype": 7, "imgpath": "data/customvideo/bow"}])
        answer = await service.sessions.open(offer, "offer", None, custom=custom)
        await client.accept(answer.sdp)
        with service.events.follow(answer.sessionid, 0) as follower:
            await service.service.actions.play_number(answer.sessionid, 7)
            await until(follower, "action", name="bow", phase="start")
        await client.close()

    service.tell(story)


def test_everybody_s_actions_are_listed(service: RealService) -> None:
    async def story() -> None:
        rows = {row.name: row for row in await service.appearance.avatars()}
        told = [(one.name, one.faces, one.number, one.sound) for one in rows[ANNA].actions]
        assert told == [("bow", True, 3, False), ("door", False, 0, True)]
        names = [one.name for one in rows["mira-landscape"].actions]
        assert names == ["greet", "nod", "shake", "smile"]
        assert BUILTIN not in rows

    service.tell(story)


def test_an_action_outlives_the_face_s_process(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            with service.events.follow(session, 0) as follower:
                await service.service.actions.play(session, "bow", loop=True)
                await until(follower, "action", phase="start")
                service.kill("compositor")
                await service.until(lambda: service.health.state().ready)
                await client.watch(5)
                await service.service.actions.rest(session)
                events = await until(follower, "action", phase="end")
                assert acts(events) == [("bow", "end")]

    service.tell(story)
