"""What every face engine promises, asked of all of them; the neural ones small and random."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.clip import Clip
from data.framing import framed
from data.units import FEATURE_CHUNK, FEATURE_RATE, FEATURE_TICK
from models.face.builtin import BuiltinEngine
from models.face.engine import FaceEngine
from models.face.engines import ENGINES, engine_for
from models.face.musetalk.engine import MuseTalkEngine
from models.face.musetalk.layout import V10, V15, Version
from models.face.patch import face_atlas
from models.face.ultralight.engine import HUBERT
from models.face.wav2lip.network import SIZE_96, SIZE_256
from tests.data.tiny_head import tiny_head
from tests.models.face import tiny
from tests.models.face.encoders.checkpoints import save_hubert
from tests.models.face.musetalk.musetalk_weights import avatar as musetalk_avatar
from tests.models.face.musetalk.musetalk_weights import save_musetalk

Made = tuple[FaceEngine, Clip]
TICKS = 8
SLACK = 1
"""Grey levels by which a face may depend on the batch that it is rendered in."""


def builtin(folder: Path) -> Made:
    head = framed(tiny_head(folder), "square")
    engine = BuiltinEngine()
    clip = tiny.clip_for("builtin", engine.face, crops=np.zeros(0, np.uint8))
    return engine, replace(clip, engine_arrays=face_atlas(head).arrays())


def wav2lip(name: str, size: int, folder: Path) -> Made:
    variant = SIZE_96 if size == SIZE_96.size else SIZE_256
    tiny.save_wav2lip(folder, name, variant.narrowed(tiny.NARROW))
    engine = tiny.wav2lip(folder, name, size)
    return engine, tiny.clip_for("wav2lip", engine.face)


def ultralight(folder: Path) -> Made:
    tiny.save_ultralight(folder)
    save_hubert(folder / HUBERT, width=1024)
    engine = tiny.ultralight(folder)
    return engine, tiny.clip_for("ultralight", engine.face)


def musetalk(version: Version, folder: Path) -> Made:
    save_musetalk(folder)
    return MuseTalkEngine(folder, version), musetalk_avatar(tiny.FRAMES, version.engine)


MAKERS: dict[str, Callable[[Path], Made]] = {
    "builtin": builtin,
    "wav2lip": partial(wav2lip, "wav2lip", 96),
    "wav2lip256": partial(wav2lip, "wav2lip256", 256),
    "ultralight": ultralight,
    "musetalk": partial(musetalk, V15),
    "musetalk1": partial(musetalk, V10),
}


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Made]:
    @cache
    def made(name: str) -> Made:
        engine, clip = MAKERS[name](tmp_path_factory.mktemp(name))
        engine.warm()
        return engine, clip

    return made


@pytest.fixture(params=sorted(MAKERS))
def made(request: pytest.FixtureRequest, make: Callable[[str], Made]) -> Made:
    return make(request.param)


def speech(ticks: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(8)
    return rng.normal(0, 0.1, ticks * FEATURE_TICK).astype(np.float32)


def heard(engine: FaceEngine, sound: NDArray[np.float32]) -> NDArray[np.float32]:
    stream = engine.stream()
    return np.stack(stream.push(sound) + stream.finish())


def poses(count: int) -> list[int]:
    return [number % tiny.FRAMES for number in range(count)]


def test_every_engine_is_asked() -> None:
    assert MAKERS.keys() == ENGINES.keys()


def test_names_lead_to_engines_and_clips_to_names(made: Made) -> None:
    engine, clip = made
    assert engine.name in ENGINES
    assert engine_for(clip) == engine.name


def test_a_feature_leaves_when_its_right_context_is_there_and_not_before(made: Made) -> None:
    engine, _ = made
    stream = engine.stream()
    wait = FEATURE_TICK + FEATURE_RATE * engine.feature.right_ms // 1000
    sound = speech(TICKS)
    assert stream.push(sound[: wait - FEATURE_CHUNK]) == []
    [feature] = stream.push(sound[wait - FEATURE_CHUNK : wait])
    assert feature.dtype == np.float32
    assert feature.shape == engine.feature.shape
    assert np.isfinite(feature).all()
    rest = stream.push(sound[wait:]) + stream.finish()
    assert len(rest) == TICKS - 1
    stream.reset()
    [again] = stream.push(sound[:wait])
    np.testing.assert_allclose(again, feature, atol=1e-4)


def test_a_face_is_the_same_alone_and_in_a_batch(made: Made) -> None:
    engine, clip = made
    avatar = engine.bind(clip)
    features = heard(engine, speech(TICKS))
    together = tiny.render(engine, features, [avatar] * TICKS, poses(TICKS))
    assert together.shape == (TICKS, *engine.face.shape)
    for row, pose in enumerate(poses(TICKS)):
        [alone] = tiny.render(engine, features[row : row + 1], [avatar], [pose])
        assert np.abs(together[row].astype(int) - alone).max() <= SLACK
    engine.free(avatar)


def test_out_is_written_whole_and_the_rest_is_not_touched(made: Made) -> None:
    engine, clip = made
    avatars = np.full(2, engine.bind(clip), np.int32)
    features = heard(engine, speech(2))
    kept = features.copy()
    shown = []
    for before in (0, 255):
        out = np.full((4, *engine.face.shape), before, np.uint8)
        engine.render(features, avatars, np.arange(2, dtype=np.int32), out[1:3])
        assert (out[[0, 3]] == before).all()
        shown.append(out[1:3])
    assert np.abs(shown[0].astype(int) - shown[1]).max() <= SLACK
    np.testing.assert_array_equal(features, kept)
    engine.free(int(avatars[0]))


def test_luma_and_chroma_are_in_range(made: Made) -> None:
    engine, clip = made
    avatar = engine.bind(clip)
    [face] = tiny.render(engine, heard(engine, speech(1)), [avatar], [0])
    height = engine.face.height
    used = face[face > 0]
    assert engine.name == "builtin" or used.size == face.size, "only its canvas may be empty"
    assert used.min() >= 15
    assert face[:height].max() <= 236
    assert face[height:].max() <= 241
    engine.free(avatar)


def test_silence_is_one_face_for_each_pose(made: Made) -> None:
    engine, clip = made
    avatar = engine.bind(clip)
    features = heard(engine, np.zeros(TICKS * FEATURE_TICK, np.float32))
    first, second = tiny.render(engine, features[3:5], [avatar] * 2, [1, 1])
    assert np.abs(first.astype(int) - second).max() <= SLACK
    engine.free(avatar)


def test_numbers_are_never_given_twice_and_free_is_final(made: Made) -> None:
    engine, clip = made
    first, second = engine.bind(clip), engine.bind(clip)
    assert first != second
    engine.free(first)
    with pytest.raises(KeyError):
        engine.free(first)
    third = engine.bind(clip)
    assert third not in (first, second)
    features = heard(engine, speech(2))
    tiny.render(engine, features, [second, third], [0, 1])
    engine.free(second)
    engine.free(third)


def test_a_bad_row_raises_and_the_next_batch_is_rendered(made: Made) -> None:
    engine, clip = made
    avatar = engine.bind(clip)
    features = heard(engine, speech(2))
    with pytest.raises((KeyError, LookupError, ValueError)):
        tiny.render(engine, features, [avatar, avatar + 99], [0, 1])
    if engine.posed:
        with pytest.raises((KeyError, LookupError, ValueError)):
            tiny.render(engine, features, [avatar, avatar], [0, tiny.FRAMES])
    assert len(tiny.render(engine, features, [avatar] * 2, [0, 1])) == 2
    engine.free(avatar)


def test_no_face_is_no_work(made: Made) -> None:
    engine, _ = made
    empty = np.empty((0, *engine.feature.shape), np.float32)
    assert len(tiny.render(engine, empty, [], [])) == 0
