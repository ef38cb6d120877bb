"""inference with the built-in engine."""

from pathlib import Path

import numpy as np
import pytest

from actors.inference.actor import Inference
from models.face.engines import load_engine
from runtime.errors import UnknownAvatar
from runtime.layouts import NO_POSE, Shape
from runtime.messages import Describe, Described, Scrape
from runtime.settings import Settings
from tests.actors.street_rig import Lent, Rig, marked, plain_clip, put, read, told

CACHE = Settings().cache_dir
"""Where a house keeps the built-in avatar too: it is prepared once for all."""


async def shape_of(actor: Inference, avatar: str = "builtin") -> Shape:
    described = await actor.handle(Describe(avatar), [])
    assert isinstance(described, Described)
    return described.shape


def test_it_describes_avatars_and_renders_what_the_engine_renders() -> None:
    async def story() -> None:
        lent = Lent(CACHE)
        actor = Inference(lent.context)
        await actor.start()
        try:
            shape = await shape_of(actor)
            engine = load_engine("builtin")
            assert (shape.engine, shape.feature) == ("builtin", engine.feature.shape)
            assert shape.face == (engine.face.width, engine.face.height)
            assert (shape.right_ms, shape.picture) == (engine.feature.right_ms, (512, 512))
            feature = np.random.default_rng(1).uniform(0, 0.6, shape.feature).astype(np.float32)
            expected = np.empty((1, *engine.face.shape), np.uint8)
            engine.render(feature[None], np.full(1, NO_POSE, np.int32), expected)
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
        with pytest.raises(TypeError, match="inference does not answer Scrape"):
            await actor.handle(Scrape(), [])
        await actor.stop()

    told(story())


def test_an_avatar_whose_faces_do_not_fit_its_engine_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        plain_clip().save(tmp_path / "avatars" / "anna")
        actor = Inference(Lent(tmp_path).context)
        try:
            with pytest.raises(UnknownAvatar, match="'anna' is for faces of"):
                await shape_of(actor, "anna")
        finally:
            await actor.stop()

    told(story())
