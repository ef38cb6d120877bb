"""inference with the built-in engine."""

import asyncio
from dataclasses import replace
from pathlib import Path
from threading import Event

import msgspec
import numpy as np
import pytest

from actors.avatars import action_key, clip_of, weights_in
from actors.inference.actor import Inference
from models.face.engine import FaceSpec
from models.face.engines import load_engine
from models.face.ultralight.engine import UltralightEngine
from models.face.ultralight.sizes import WIDTHS
from runtime.body_timeline import BodyTimeline, ShownSegment
from runtime.control_words import ControlWord
from runtime.errors import UnknownAction, UnknownAvatar, UnknownSession
from runtime.layouts import Shape
from runtime.messages import (
    ActionBound,
    ActionsListed,
    AvatarDescribed,
    BindAction,
    DescribeAvatar,
    Done,
    ListActions,
    ReadMetrics,
    RenderAvatar,
)
from runtime.settings import Settings
from tests.actors.session_rig import PATIENCE, Lent, Rig, marked, plain_clip, put, read, told
from tests.data.tiny_action import save_action, tiny_action
from tests.models.face.tiny import FRAMES, PERSON, clip_for, render, save_ultralight

CACHE = Settings().cache_dir
"""Where a house keeps the built-in avatar too: it is prepared once for all."""


async def shape_of(actor: Inference, avatar: str = "builtin") -> Shape:
    described = await actor.handle(DescribeAvatar(avatar), [])
    assert isinstance(described, AvatarDescribed)
    return described.shape


def test_it_describes_avatars_and_renders_what_the_engine_renders() -> None:
    async def story() -> None:
        lent = Lent(CACHE)
        actor = Inference(lent.context)
        await actor.start()
        try:
            shape = await shape_of(actor)
            engine = load_engine("builtin", CACHE)
            assert (shape.engine, shape.feature) == ("builtin", engine.feature.shape)
            assert shape.face == (engine.face.width, engine.face.height)
            assert (shape.right_ms, shape.picture) == (engine.feature.right_ms, (512, 512))
            feature = np.random.default_rng(1).uniform(0, 0.6, shape.feature).astype(np.float32)
            expected = np.empty((1, *engine.face.shape), np.uint8)
            avatar = np.array([engine.bind(clip_of("builtin", CACHE))], np.int32)
            engine.render(feature[None], avatar, np.zeros(1, np.int32), expected)
            with Rig(shape=shape) as rig:
                await actor.open(rig.stand("inference"))
                put(rig.outlet("feature"), marked(), feature=feature)
                _, face = await read(rig.inlet("face"), "face")
                np.testing.assert_array_equal(face, expected[0])
                actor.flush("s")
                await actor.close("s")
                await actor.close("s")
            assert lent.events == []
        finally:
            await actor.stop()

    told(story())


@pytest.mark.parametrize("avatar", ["nobody", "..", "../avatars", "/", "."])
def test_an_avatar_that_is_not_there_is_refused(avatar: str) -> None:
    async def story() -> None:
        actor = Inference(Lent(CACHE).context)
        try:
            with pytest.raises(UnknownAvatar, match="there are: builtin"):
                await shape_of(actor, avatar)
        finally:
            await actor.stop()

    told(story())


def test_other_requests_are_mistakes() -> None:
    async def story() -> None:
        actor = Inference(Lent(CACHE).context)
        with pytest.raises(TypeError, match="inference does not answer ReadMetrics"):
            await actor.handle(ReadMetrics(), [])
        await actor.stop()

    told(story())


def test_an_avatar_whose_faces_do_not_fit_its_engine_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        plain_clip().save(tmp_path / "avatars" / "anna")
        actor = Inference(Lent(tmp_path).context)
        try:
            with pytest.raises(UnknownAvatar, match="'plain' is for faces of"):
                await shape_of(actor, "anna")
        finally:
            await actor.stop()

    told(story())


def test_an_avatar_whose_weights_are_missing_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        clip_for("wav2lip", FaceSpec(256, 256)).save(tmp_path / "avatars" / "anna")
        actor = Inference(Lent(tmp_path).context)
        try:
            with pytest.raises(UnknownAvatar, match=r"models: no weights wav2lip256\.safetensors"):
                await shape_of(actor, "anna")
        finally:
            await actor.stop()

    told(story())


def test_an_engine_that_is_loaded_holds_up_no_other_s_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, go = Event(), Event()

    def slow(self: UltralightEngine) -> None:
        entered.set()
        assert go.wait(PATIENCE)

    async def story() -> None:
        save_ultralight(weights_in(tmp_path), widths=WIDTHS)
        clip_for("ultralight", FaceSpec(160, 160)).save(tmp_path / "avatars" / PERSON)
        plain_clip().save(tmp_path / "avatars" / "plain")
        monkeypatch.setattr(UltralightEngine, "warm", slow)
        actor = Inference(Lent(tmp_path).context)
        try:
            loading = asyncio.create_task(shape_of(actor, PERSON))
            await asyncio.to_thread(entered.wait, PATIENCE)
            with pytest.raises(UnknownAvatar, match="'plain' is for faces of"):
                await shape_of(actor, "plain")
            assert not loading.done()
            go.set()
            assert (await loading).engine == "ultralight"
        finally:
            go.set()
            await actor.stop()

    told(story())


def test_a_posed_engine_renders_for_the_frame_that_is_shown(tmp_path: Path) -> None:
    async def story() -> None:
        save_ultralight(weights_in(tmp_path), widths=WIDTHS)
        engine = load_engine("ultralight", weights_in(tmp_path))
        clip_for("ultralight", engine.face).save(tmp_path / "avatars" / PERSON)
        actor = Inference(Lent(tmp_path).context)
        try:
            shape = await shape_of(actor, PERSON)
            assert (shape.engine, shape.feature) == ("ultralight", engine.feature.shape)
            feature = np.random.default_rng(4).normal(0, 1, shape.feature).astype(np.float32)
            number = engine.bind(clip_for("ultralight", engine.face))
            [expected] = render(engine, feature[None], [number], [7 % FRAMES])
            with Rig(avatar=PERSON, shape=shape) as rig:
                rig.control.store(ControlWord.FRAME, 7)
                await actor.open(rig.stand("inference"))
                put(rig.outlet("feature"), marked(), feature=feature)
                slot = await rig.inlet("face").next()
                assert slot["pose"] == 7
                assert np.abs(slot["face"].astype(int) - expected).max() <= 1
                await actor.close("s")
        finally:
            await actor.stop()

    told(story())


def test_a_posed_engine_renders_for_an_action_s_frames_and_lets_them_go(tmp_path: Path) -> None:
    async def story() -> None:
        save_ultralight(weights_in(tmp_path), widths=WIDTHS)
        engine = load_engine("ultralight", weights_in(tmp_path))
        clip = clip_for("ultralight", engine.face)
        home = tmp_path / "avatars" / PERSON
        clip.save(home)
        wave = tiny_action(clip, "wave", FRAMES)
        faces = clip.engine_arrays["faces"][::-1].copy()
        own = replace(wave.clip, engine_arrays={"faces": faces})
        save_action(replace(wave, clip=own), home)
        save_action(tiny_action(clip, "sleep", FRAMES, faces=False), home)
        actor = Inference(Lent(tmp_path).context)
        try:
            shape = await shape_of(actor, PERSON)
            listed = await actor.handle(ListActions(PERSON), [])
            assert isinstance(listed, ActionsListed)
            assert [one.name for one in listed.actions] == ["sleep", "wave"]
            feature = np.random.default_rng(4).normal(0, 1, shape.feature).astype(np.float32)
            number = engine.bind(replace(own, name=PERSON))
            [expected] = render(engine, feature[None], [number], [2])
            with Rig(avatar=PERSON, shape=shape, actions=("sleep", "wave")) as rig:
                await actor.open(rig.stand("inference"))
                for name in ("sleep", "wave", "wave"):
                    told_of = await actor.handle(BindAction("s", PERSON, name), [])
                    edition = action_key(PERSON, name, tmp_path)
                    assert isinstance(told_of, ActionBound)
                    assert (told_of.action.name, told_of.edition) == (name, edition)
                with pytest.raises(UnknownAction, match="there are: sleep, wave"):
                    await actor.handle(BindAction("s", PERSON, "bow"), [])
                BodyTimeline(rig.control).switch(ShownSegment(5, 2, 0))
                rig.control.store(ControlWord.FRAME, 7)
                put(rig.outlet("feature"), marked(), feature=feature)
                inlet = rig.inlet("face")
                slot = await inlet.next()
                assert np.abs(slot["face"].astype(int) - expected).max() <= 1
                inlet.release()
                again = replace(own, engine_arrays={"faces": faces[::-1].copy()})
                save_action(replace(wave, clip=again), home)
                await actor.handle(BindAction("s", PERSON, "wave"), [])
                [expected] = render(
                    engine, feature[None], [engine.bind(replace(again, name=PERSON))], [2]
                )
                rig.control.store(ControlWord.FRAME, 7)
                rig.control.advance()
                put(rig.outlet("feature"), marked(epoch=1), feature=feature)
                slot = await inlet.next()
                assert np.abs(slot["face"].astype(int) - expected).max() <= 1, "as it is now"
                await actor.close("s")
                with pytest.raises(UnknownSession):
                    await actor.handle(BindAction("s", PERSON, "wave"), [])
        finally:
            await actor.stop()

    told(story())


def test_another_avatar_s_faces_come_behind_those_that_are_made(tmp_path: Path) -> None:
    async def story() -> None:
        whole = clip_of("builtin", CACHE)
        short = replace(
            whole,
            frames=whole.frames[:3],
            placements=whole.placements[:3],
            clear=None,
            behind=None,
            order=None,
        )
        for name in ("anna", "bert"):
            replace(short, name=name).save(tmp_path / "avatars" / name)
        actor = Inference(Lent(tmp_path).context)
        try:
            shape = await shape_of(actor, "anna")
            assert await shape_of(actor, "bert") == shape
            with Rig(avatar="anna", shape=shape) as rig:
                features, faces = rig.outlet("feature"), rig.inlet("face")
                await actor.open(rig.stand("inference"))
                put(features, marked(), feature=0)
                assert (await faces.next())["look"] == 0
                faces.release()
                coming = msgspec.structs.replace(rig.rings.spec, avatar="bert", look=1)
                assert isinstance(await actor.handle(RenderAvatar(coming), []), Done)
                put(features, marked(), feature=0)
                assert (await faces.next())["look"] == 1
                faces.release()
                nobody = msgspec.structs.replace(coming, avatar="nobody", look=2)
                with pytest.raises(UnknownAvatar, match="there are: "):
                    await actor.handle(RenderAvatar(nobody), [])
                put(features, marked(), feature=0)
                assert (await faces.next())["look"] == 1, "the one before stays"
                await actor.close("s")
                with pytest.raises(UnknownSession):
                    await actor.handle(RenderAvatar(coming), [])
        finally:
            await actor.stop()

    told(story())
