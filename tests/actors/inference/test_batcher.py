"""One batch over many sessions, over real rings."""

import asyncio

import numpy as np

from actors.inference.avatar_cache import BoundAvatar
from actors.inference.batcher import MOST_IN_A_BATCH
from runtime.body_timeline import BodyTimeline, ShownSegment
from runtime.control_words import ControlWord
from runtime.layouts import NO_FACE, NO_POSE, Stage
from runtime.ports import Inlet
from server.sessions.rings import FEATURE_SLOTS
from tests.actors.inference.lanes import AVATAR, scene
from tests.actors.inference.toy_engine import TOY_SHAPE, ToyEngine, Unlucky
from tests.actors.session_rig import Rig, marked, plain_clip, put, read, told, turn
from tests.data.tiny_action import tiny_action


def test_a_batch_has_one_frame_of_every_session_that_has_one() -> None:
    async def story() -> None:
        async with scene("abc") as it:
            it.lanes["a"].put(1, 2)
            it.lanes["c"].put(5, 6)
            it.run()
            assert await it.lanes["a"].faces_of(2) == [1, 2]
            assert await it.lanes["c"].faces_of(2) == [5, 6]
            assert it.engine.batches == [[1, 5], [2, 6]]

    told(story())


def test_a_face_keeps_its_sound_its_marks_and_is_stamped() -> None:
    async def story() -> None:
        async with scene("a") as it:
            it.lanes["a"].put(7)
            it.run()
            mark, sound = await read(it.lanes["a"].faces, "sound")
            assert (sound == 7).all()
            assert mark.tick == 7
            taken, given = mark.stamps[Stage.INFERENCE]
            assert mark.stamps[Stage.FEATURES, 1] <= taken <= given

    told(story())


def test_the_session_with_the_fewest_faces_ahead_comes_first() -> None:
    async def story() -> None:
        async with scene("abc") as it:
            it.run()
            it.lanes["a"].put(1, 2)
            while it.lanes["a"].counters("face").depth < 2:
                await turn()
            it.lanes["b"].put(3)
            while it.lanes["b"].counters("face").depth < 1:
                await turn()
            it.engine.batches.clear()
            for session, number in zip("abc", (11, 12, 13), strict=True):
                it.lanes[session].put(number)
            while not it.engine.batches:
                await turn()
            assert it.engine.batches == [[13, 12, 11]]

    told(story())


def test_a_batch_never_waits_for_more() -> None:
    async def story() -> None:
        async with scene("ab") as it:
            it.run()
            it.engine.hold()
            it.lanes["a"].put(1)
            await it.engine.entered()
            it.lanes["b"].put(2)
            it.engine.let_go()
            assert await it.lanes["b"].faces_of(1) == [2]
            assert it.engine.batches == [[1], [2]]

    told(story())


def test_no_batch_is_larger_than_the_most() -> None:
    sessions = "".join(chr(ord("A") + number) for number in range(MOST_IN_A_BATCH + 1))

    async def story() -> None:
        async with scene(sessions) as it:
            for number, session in enumerate(it.lanes.values()):
                session.put(number)
            it.run()
            for number, session in enumerate(it.lanes.values()):
                assert await session.faces_of(1) == [number]
            assert [len(batch) for batch in it.engine.batches] == [MOST_IN_A_BATCH, 1]

    told(story())


def test_a_face_without_a_place_to_go_is_not_rendered() -> None:
    async def story() -> None:
        async with scene("ab", ahead_ms=80) as it:
            full = it.lanes["a"]
            it.run()
            full.put(1, 2)
            while full.counters("face").depth < 2:
                await turn()
            full.put(3, 4)
            it.lanes["b"].put(9)
            assert await it.lanes["b"].faces_of(1) == [9]
            assert it.engine.batches[-1] == [9]
            assert full.counters("feature").depth == FEATURE_SLOTS
            assert await full.faces_of(4) == [1, 2, 3, 4], "and is once there is one"

    told(story())


def test_an_engine_that_fails_for_one_row_costs_that_row_only() -> None:
    async def story() -> None:
        async with scene("abc", ToyEngine(unlucky=13)) as it:
            for session, number in zip("abc", (1, 13, 3), strict=True):
                it.lanes[session].put(number)
            it.run()
            assert await it.lanes["a"].faces_of(1) == [1]
            assert await it.lanes["c"].faces_of(1) == [3]
            slot = await it.lanes["b"].faces.next()
            assert slot["pose"] == NO_FACE
            assert (slot["sound"] == 13).all()
            it.lanes["b"].faces.release()
            [(session, error)] = it.failures
            assert session == "b"
            assert isinstance(error, Unlucky)
            it.lanes["b"].put(14)
            slot = await it.lanes["b"].faces.next()
            assert slot["pose"] == NO_POSE
            assert np.unique(slot["face"]).tolist() == [14]

    told(story())


def test_a_row_that_fails_alone_is_tried_once() -> None:
    async def story() -> None:
        async with scene("a", ToyEngine(unlucky=13)) as it:
            it.lanes["a"].put(13)
            it.run()
            slot = await it.lanes["a"].faces.next()
            assert slot["pose"] == NO_FACE
            assert it.engine.batches == [[13]]
            assert len(it.failures) == 1

    told(story())


def test_what_is_stale_when_it_is_rendered_is_dropped() -> None:
    async def story() -> None:
        async with scene("ab") as it:
            it.engine.hold()
            it.lanes["a"].put(1, 2)
            it.lanes["b"].put(3)
            it.run()
            await it.engine.entered()
            epoch = it.lanes["a"].rig.control.advance()
            it.engine.let_go()
            assert await it.lanes["b"].faces_of(1) == [3]
            it.lanes["a"].put(4, epoch=epoch)
            assert await it.lanes["a"].faces_of(1) == [4]
            assert it.lanes["a"].counters("face").published == 1
            assert it.engine.batches == [[1, 3], [4]]

    told(story())


def test_remove_waits_for_the_batch_and_then_nothing_is_touched() -> None:
    async def story() -> None:
        async with scene("ab") as it:
            it.engine.hold()
            it.lanes["a"].put(1, 2)
            it.run()
            await it.engine.entered()
            removing = asyncio.ensure_future(it.batcher.remove("a"))
            await turn()
            assert not removing.done()
            it.engine.let_go()
            await removing
            it.lanes["a"].rig.leave("inference")
            it.lanes["b"].put(3)
            assert await it.lanes["b"].faces_of(1) == [3]
            await it.batcher.remove("a")

    told(story())


def test_a_session_that_is_added_to_a_sleeping_batcher_is_served() -> None:
    async def story() -> None:
        async with scene("a") as it:
            it.run()
            await turn(20)
            with Rig("late", shape=TOY_SHAPE) as rig:
                put(rig.outlet("feature"), marked(), feature=8)
                it.batcher.add(rig.stand("inference"), AVATAR)
                _, face = await read(rig.inlet("face"), "face")
                assert (face == 8).all()
                await it.batcher.remove("late")

    told(story())


def test_an_idle_batcher_does_not_run() -> None:
    async def story() -> None:
        async with scene("abc") as it:
            it.run()
            await turn(10)
            rest = it.batcher.looks
            await turn(200)
            assert it.batcher.looks == rest
            it.lanes["b"].put(1)
            assert await it.lanes["b"].faces_of(1) == [1]
            await turn(10)
            awake = it.batcher.looks
            await turn(200)
            assert it.batcher.looks == awake
            assert awake - rest <= 4, "woken by the frame, and once more by the reader"

    told(story())


def test_a_batcher_that_waits_for_room_does_not_run_either() -> None:
    async def story() -> None:
        async with scene("a", ahead_ms=80) as it:
            session = it.lanes["a"]
            it.run()
            session.put(1, 2)
            while session.counters("face").depth < 2:
                await turn()
            session.put(3, 4)
            await turn(20)
            rest = it.batcher.looks
            await turn(200)
            assert it.batcher.looks == rest

    told(story())


def test_a_posed_face_is_for_the_frame_that_the_clip_will_show() -> None:
    async def story() -> None:
        async with scene("a", ToyEngine(posed=True)) as it:
            session = it.lanes["a"]
            control = session.rig.control
            control.store(ControlWord.FRAME, 7)
            session.put(1, 2)
            it.run()
            assert await poses(session.faces, 2) == [7, 8]
            control.store(ControlWord.FRAME, 20)
            session.put(3)
            assert await poses(session.faces, 1) == [20], "the clip played on without a face"
            epoch = control.advance()
            control.store(ControlWord.FRAME, 12)
            session.put(4, epoch=epoch)
            assert await poses(session.faces, 1) == [12], "faces that were not shown do not count"
            frames = [int(AVATAR.loop[place % 4]) for place in (7, 8, 20, 12)]
            assert it.engine.avatars == [[(AVATAR.number, frame)] for frame in frames]

    told(story())


def test_a_posed_face_is_for_the_action_that_will_be_shown_then() -> None:
    async def story() -> None:
        async with scene("a", ToyEngine(posed=True)) as it:
            session = it.lanes["a"]
            timeline = BodyTimeline(session.rig.control)
            wave = tiny_action(plain_clip(), frames=3)
            it.batcher.add_action("a", 2, BoundAvatar(9, wave.clip.loop), wave)
            timeline.switch(ShownSegment(6, 2, 0))
            timeline.switch(ShownSegment(8, 0, 3))
            session.rig.control.store(ControlWord.FRAME, 5)
            it.run()
            for number, pose in enumerate((5, 6, 7, 8)):
                session.put(number)
                assert await poses(session.faces, 1) == [pose]
            idle = [int(AVATAR.loop[place % 4]) for place in (5, 3)]
            expected = [(AVATAR.number, idle[0]), (9, 0), (9, 1), (AVATAR.number, idle[1])]
            assert [row for batch in it.engine.avatars for row in batch] == expected

    told(story())


async def poses(faces: Inlet, count: int) -> list[int]:
    return [int((await read(faces, "pose"))[1]) for _ in range(count)]
