"""The engine: from sound and an avatar to faces, and what it refuses."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from data.clip import AvatarError
from data.units import FEATURE_CHUNK, FEATURE_TICK
from models.face.encoders.window import SEED
from models.face.engine import EngineError
from models.face.musetalk.encode import LatentEncoder
from models.face.musetalk.engine import MuseTalkEngine, musetalk_10, musetalk_15
from models.face.network import Target
from tests.models.face.encoders.checkpoints import save_whisper
from tests.models.face.musetalk.musetalk_weights import TOKENS, WIDTH, avatar, small_vae

CPU = Target(torch.device("cpu"), torch.float32)


@pytest.fixture(scope="module")
def engine(weights: Path) -> MuseTalkEngine:
    return MuseTalkEngine(weights, target=CPU)


def rows(count: int, seed: int = 3) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    return random.standard_normal((count, TOKENS, WIDTH)).astype(np.float32)


def faces(
    engine: MuseTalkEngine, features: NDArray[np.float32], avatars: list[int], poses: list[int]
) -> NDArray[np.uint8]:
    out = np.zeros((len(features), *engine.face.shape), np.uint8)
    engine.render(features, np.array(avatars, np.int32), np.array(poses, np.int32), out)
    return out


def far(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> int:
    return int(np.abs(one.astype(int) - other).max())


def test_sound_becomes_faces(weights: Path) -> None:
    engine = musetalk_15(weights)
    stream = engine.stream()
    sound = np.random.default_rng(0).standard_normal(8 * FEATURE_CHUNK, np.float32) * np.float32(
        0.1
    )
    features = stream.push(sound) + stream.finish()
    assert [feature.shape for feature in features] == [engine.feature.shape] * 4
    engine.warm()
    number = engine.bind(avatar())
    given = faces(engine, np.stack(features), [number] * 4, [0, 1, 2, 1])
    assert given.shape == (4, 384, 256)
    assert given.std() > 1
    assert far(given[1], given[3]) > 0


def test_a_row_is_the_same_in_every_batch(engine: MuseTalkEngine) -> None:
    one, other = engine.bind(avatar()), engine.bind(avatar(seed=8))
    features = rows(8)
    avatars, poses = [one, other] * 4, [0, 1, 2, 0, 1, 2, 0, 1]
    together = faces(engine, features, avatars, poses)
    for row in (0, 3, 7):
        alone = faces(engine, features[row : row + 1], avatars[row : row + 1], [poses[row]])
        assert far(alone[0], together[row]) <= 1
    engine.free(one)
    engine.free(other)


def test_avatar_pose_and_feature_all_count(engine: MuseTalkEngine) -> None:
    one, other = engine.bind(avatar()), engine.bind(avatar(seed=8))
    feature = rows(1).repeat(4, axis=0)
    feature[3] *= -3
    given = faces(engine, feature, [one, other, one, one], [0, 0, 1, 0])
    assert all(far(given[0], given[row]) > 0 for row in (1, 2, 3))
    engine.free(one)
    engine.free(other)


def test_what_is_wrong_is_told(engine: MuseTalkEngine) -> None:
    number = engine.bind(avatar())
    with pytest.raises(ValueError, match="pose 3 of an avatar whose clip has 3"):
        faces(engine, rows(1), [number], [3])
    with pytest.raises(ValueError, match="pose -1"):
        faces(engine, rows(1), [number], [-1])
    with pytest.raises(ValueError, match="features are"):
        faces(engine, rows(1)[:, :-1], [number], [0])
    engine.free(number)
    with pytest.raises(KeyError):
        faces(engine, rows(1), [number], [0])
    with pytest.raises(KeyError):
        engine.free(number)
    assert engine.bind(avatar()) != number


@pytest.mark.parametrize(
    ("arrays", "match"),
    [
        ({}, "has no latents"),
        ({"latents": np.zeros((2, 8, 32, 32), np.float16)}, r"wanted float16 or float32 \[3, 8"),
        ({"latents": np.zeros((3, 8, 32, 32), np.int32)}, "int32"),
        ({"latents": np.full((3, 8, 32, 32), np.nan, np.float32)}, "finite"),
    ],
)
def test_an_avatar_that_does_not_fit_is_refused(
    engine: MuseTalkEngine, arrays: dict[str, NDArray[np.float32]], match: str
) -> None:
    with pytest.raises(AvatarError, match=match):
        engine.bind(replace(avatar(), engine_arrays=arrays))
    with pytest.raises(AvatarError, match="for the engine wav2lip"):
        engine.bind(avatar(engine="wav2lip"))


def test_both_versions_tell_their_delay(weights: Path) -> None:
    new, old = musetalk_15(weights), musetalk_10(weights)
    assert (new.name, new.feature.right_ms) == ("musetalk", 80)
    assert (old.name, old.feature.right_ms) == ("musetalk1", 80)
    assert new.feature == old.feature
    assert MuseTalkEngine(weights, span=SEED).feature.right_ms == 320
    assert new.feature.shape == (TOKENS, WIDTH)


def test_another_whisper_is_refused(weights: Path, tmp_path: Path) -> None:
    shutil.copytree(weights, tmp_path / "w")
    shutil.rmtree(tmp_path / "w" / "whisper")
    save_whisper(tmp_path / "w" / "whisper", width=2 * WIDTH)
    with pytest.raises(EngineError, match=r"cross attention of 16, but .* gives 32"):
        MuseTalkEngine(tmp_path / "w")


def test_the_engine_s_module_imports_no_torch() -> None:
    check = "import sys, models.face.musetalk.engine; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_latents_are_the_vae_s_of_the_masked_and_the_whole_face(weights: Path) -> None:
    crops = np.random.default_rng(2).integers(0, 256, (9, 256, 256, 3), np.uint8)
    given = np.concatenate(list(LatentEncoder(weights, CPU).encode(crops)))
    assert given.shape == (9, 8, 32, 32)
    rgb = crops[8:, :, :, ::-1].astype(np.float32) / 255
    masked = rgb * (np.arange(256) < 128)[:, None, None]
    with torch.inference_mode():
        for part, latent in ((masked, given[8, :4]), (rgb, given[8, 4:])):
            pixels = torch.from_numpy((part - 0.5) / 0.5).permute(0, 3, 1, 2)
            wanted = small_vae().encode(pixels).latent_dist.mean[0] * 0.18215
            np.testing.assert_allclose(latent, wanted.numpy(), atol=2e-3)
    with pytest.raises(ValueError, match="256, 256, 3"):
        next(LatentEncoder(weights, CPU).encode(crops[:, :128]))


def test_silence_is_one_picture(engine: MuseTalkEngine) -> None:
    stream = engine.stream()
    features = stream.push(np.zeros(4 * FEATURE_TICK, np.float32))
    number = engine.bind(avatar())
    given = faces(engine, np.stack(features), [number] * len(features), [0] * len(features))
    assert far(given[0], given[1]) <= 1
    engine.free(number)
