"""The built-in engine on real speech: timing, closures, silence, batches, light imports."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.atlas import FaceAtlas
from data.clip import AvatarError, Clip
from data.framing import framed
from data.head import builtin_folder
from data.i420 import planes
from models.face import engines
from models.face.builtin import BuiltinEngine
from models.face.engine import EngineError
from models.face.engines import ENGINES, load_engine
from models.face.mouth import PARAMETERS, MouthNet
from models.face.patch import face_atlas, face_mask
from tests.data.tiny_head import tiny_head

Speak = Callable[[str], NDArray[np.float32]]
NOWHERE = Path("nowhere")
TICK = 640
ROWS, COLUMNS = (0.2078, 0.5195), (0.2273, 0.7727)
"""Parts of the mouth's box that hold the lips and no more than skin besides."""
RED = 141
"""The red difference (V) of lips and skin is above this, of teeth and the dark below."""

SHUT = 40
"""Of such pixels, in lips that touch along their whole length."""


def windows(engine: BuiltinEngine, sound: NDArray[np.float32]) -> NDArray[np.float32]:
    stream = engine.stream()
    return np.stack(stream.push(sound) + stream.finish())


Faces = Callable[[NDArray[np.float32]], NDArray[np.uint8]]
Opening = Callable[[NDArray[np.uint8]], NDArray[np.intp]]


@pytest.fixture(scope="module")
def faces(engine: BuiltinEngine, avatar: int) -> Faces:
    """What the engine draws of features."""

    def drawn(features: NDArray[np.float32]) -> NDArray[np.uint8]:
        out = np.empty((len(features), *engine.face.shape), np.uint8)
        avatars = np.full(len(features), avatar, np.int32)
        engine.render(features, avatars, np.zeros(len(features), np.int32), out)
        return out

    return drawn


@pytest.fixture(scope="module")
def opening(idle: Clip) -> Opening:
    """Pixels between the lips of each face: teeth or the dark, for neither is red."""
    atlas = FaceAtlas.of(idle)
    (x, y), (rows, columns) = atlas.mouth_at, planes(atlas.mouths[0])[2].shape
    lips = (
        slice(y // 2 + round(rows * ROWS[0]), y // 2 + round(rows * ROWS[1])),
        slice(x // 2 + round(columns * COLUMNS[0]), x // 2 + round(columns * COLUMNS[1])),
    )

    def between(pictures: NDArray[np.uint8]) -> NDArray[np.intp]:
        return np.array([4 * (planes(face)[2][lips] < RED).sum() for face in pictures], np.intp)

    return between


def loudness(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    loud: NDArray[np.float32] = np.sqrt((sound.reshape(-1, TICK) ** 2).mean(axis=1))
    return loud


def dips(loud: NDArray[np.float32]) -> list[int]:
    """Ticks of a short fall in loudness between two loud ones: where a stop is closed."""
    return [
        n
        for n in range(3, len(loud) - 3)
        if loud[n - 1] >= loud[n] < loud[n + 1]
        and loud[n] < 0.3 * min(loud[n - 3 : n].max(), loud[n + 1 : n + 4].max())
    ]


def test_lips_are_shut_in_every_closure(
    engine: BuiltinEngine, speak: Speak, faces: Faces, opening: Opening
) -> None:
    sound = speak("Papa, papa, papa, papa.")
    wide = opening(faces(windows(engine, sound)))
    stops = dips(loudness(sound))
    assert len(stops) >= 6
    for n in stops:
        assert wide[n - 1 : n + 2].min() < SHUT, f"the mouth is open around the closure at {n}"
    assert np.percentile(wide, 90) > 400


def test_a_sentence_opens_and_closes_with_its_sound(
    engine: BuiltinEngine, speak: Speak, faces: Faces, opening: Opening
) -> None:
    sound = speak("Bob put the map by the bump. Mama may pop a balloon.")
    features = windows(engine, sound)
    loud, wide = loudness(sound), opening(faces(features))
    shut_while_speaking = (wide < SHUT) & (loud > 0.003)
    assert 15 < shut_while_speaking.sum() < 0.66 * (loud > 0.003).sum()
    assert wide[loud > 0.08].mean() > 4 * wide[loud < 0.003].mean()
    jaw = MouthNet(builtin_folder() / "mouth.npz").parameters(features)[:, 0]
    assert np.corrcoef(jaw, np.sqrt(loud))[0, 1] > 0.6


def test_the_mouth_is_in_step_with_the_sound(engine: BuiltinEngine, speak: Speak) -> None:
    """Jaw against loudness: the best shift is none, not one tick early or late."""
    sound = speak("Papa, papa, papa, papa. My baby brother may break the big brown box.")
    features = windows(engine, sound)
    jaw = MouthNet(builtin_folder() / "mouth.npz").parameters(features)[:, 0]
    loud = np.sqrt(loudness(sound))
    match = {shift: np.corrcoef(np.roll(jaw, -shift), loud)[0, 1] for shift in range(-4, 5)}
    assert max(match, key=lambda shift: match[shift]) == 0


def test_the_window_of_a_tick_hears_80_ms_after_it_and_no_more(engine: BuiltinEngine) -> None:
    quiet = np.zeros(TICK * 20, np.float32)
    loud = quiet.copy()
    loud[TICK * 10] = 1.0
    changed = [
        n
        for n, (a, b) in enumerate(zip(windows(engine, quiet), windows(engine, loud), strict=True))
        if not np.array_equal(a, b)
    ]
    assert changed[0] == 8, "a click at the start of tick 10 is 80 ms after the end of tick 7"


@pytest.mark.parametrize("level", [0.0, 1e-4, 1e-3, 1e-2])
def test_silence_and_noise_open_little(
    engine: BuiltinEngine, faces: Faces, opening: Opening, level: float
) -> None:
    """Nothing, but for a moment where loud noise begins and ends (-40 dBFS is the last)."""
    random = np.random.default_rng(0)
    sound = (random.standard_normal(TICK * 50) * level).astype(np.float32)
    wide = opening(faces(windows(engine, sound)))
    assert np.percentile(wide, 85) < SHUT
    assert wide.max() < (450 if level > 5e-4 else SHUT)


def test_silence_is_the_resting_face(engine: BuiltinEngine, faces: Faces, idle: Clip) -> None:
    pictures = faces(windows(engine, np.zeros(TICK * 5, np.float32)))
    net = MouthNet(builtin_folder() / "mouth.npz")
    assert (pictures == pictures[0]).all()
    rest = planes(FaceAtlas.of(idle).rest)
    for plane, still in zip(planes(pictures[0]), rest, strict=True):
        np.testing.assert_array_equal(plane[: still.shape[0], : still.shape[1]], still)
    silence = windows(engine, np.zeros(TICK, np.float32))
    np.testing.assert_allclose(net.parameters(silence), 0, atol=0.01)


def test_a_batch_of_eight_is_eight_singles(
    engine: BuiltinEngine, speak: Speak, faces: Faces
) -> None:
    features = windows(engine, speak("Hello, how are you today?"))[15:23]
    together = faces(features)
    alone = np.concatenate([faces(feature[None]) for feature in features])
    np.testing.assert_array_equal(together, alone)


def tiny_clip(folder: Path, name: str) -> Clip:
    """A clip of the engine's with two frames."""
    head = framed(tiny_head(folder), "landscape")
    frames = np.full((2, 216, 240), 128, np.uint8)
    placement = np.tile(np.eye(2, 3, dtype=np.float32), (2, 1, 1))
    return Clip(name, "builtin", frames, placement, face_mask(head), face_atlas(head).arrays())


def test_every_row_is_its_own_avatar_s(
    engine: BuiltinEngine, avatar: int, speak: Speak, faces: Faces, tmp_path: Path
) -> None:
    other = engine.bind(tiny_clip(tmp_path, "other"))
    features = windows(engine, speak("Hello."))[14:18]
    both = np.empty((4, *engine.face.shape), np.uint8)
    numbers = np.array([avatar, other, other, avatar], np.int32)
    engine.render(features, numbers, np.zeros(4, np.int32), both)
    np.testing.assert_array_equal(both[[0, 3]], faces(features)[[0, 3]])
    alone = np.empty((1, *engine.face.shape), np.uint8)
    for row in (1, 2):
        engine.render(features[row][None], numbers[1:2], np.zeros(1, np.int32), alone)
        np.testing.assert_array_equal(both[row], alone[0])
    assert (both[1] != both[0]).any()
    engine.free(other)
    with pytest.raises(KeyError):
        engine.render(features[:1], numbers[1:2], np.zeros(1, np.int32), alone)


def test_a_clip_that_is_none_of_the_engine_s_is_refused(
    engine: BuiltinEngine, idle: Clip, tmp_path: Path
) -> None:
    clip = tiny_clip(tmp_path, "anna")
    lost = {name: array for name, array in clip.engine_arrays.items() if name != "mouths"}
    with pytest.raises(AvatarError, match="'anna': mouths: missing; prepare the avatar again"):
        engine.bind(replace(clip, engine_arrays=lost))
    alike = dict(clip.engine_arrays) | {"states": np.zeros((5, 8), np.float32)}
    with pytest.raises(AvatarError, match="'anna': states: an atlas needs states that are shut"):
        engine.bind(replace(clip, engine_arrays=alike))
    with pytest.raises(AvatarError, match="for faces of"):
        engine.bind(replace(idle, mask=idle.mask[:100]))


def test_an_empty_batch_is_nothing(faces: Faces) -> None:
    assert faces(np.empty((0, 80, 72), np.float32)).shape[0] == 0


def test_other_shapes_are_refused(engine: BuiltinEngine, avatar: int) -> None:
    poses, avatars = np.zeros(2, np.int32), np.full(2, avatar, np.int32)
    out = np.empty((2, *engine.face.shape), np.uint8)
    with pytest.raises(ValueError, match="faces need"):
        engine.render(np.zeros((1, 80, 72), np.float32), avatars[:1], poses[:1], out)
    with pytest.raises(ValueError, match="2 faces need an avatar"):
        engine.render(np.zeros((2, 80, 72), np.float32), avatars[:1], poses, out)
    with pytest.raises(ValueError, match="mel windows"):
        engine.render(np.zeros((2, 80, 71), np.float32), avatars, poses, out)


def test_all_parameters_move_in_speech(speak: Speak, engine: BuiltinEngine) -> None:
    sound = speak("Five wolves chew thick juicy leaves, and she saw a blue moon.")
    shape = MouthNet(builtin_folder() / "mouth.npz").parameters(windows(engine, sound))
    assert shape.min() >= 0 and shape.max() <= 1
    for name, column in zip(PARAMETERS, shape.T, strict=True):
        assert column.max() > 0.3, f"{name} never moves"


def test_engines_by_name() -> None:
    assert load_engine("builtin", NOWHERE).name == "builtin"
    with pytest.raises(EngineError, match="'wav3lip'; allowed: builtin"):
        load_engine("wav3lip", NOWHERE)


def test_without_torch_the_other_engines_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    for name in ENGINES:
        if name != "builtin":
            with pytest.raises(EngineError, match=rf"{name} needs torch: .*ringtalk\[neural\]"):
                load_engine(name, NOWHERE)


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        (
            "import numpy; from pathlib import Path;"
            "from models.face.engines import load_engine;"
            "load_engine('builtin', Path()).stream().push(numpy.zeros(6400, numpy.float32))",
            ("onnxruntime", "cv2", "torch"),
        ),
        ("import data.clip, models.picture.paste", ("onnxruntime", "models.face", "torch")),
    ],
)
def test_features_and_compositor_load_no_network(code: str, unwanted: tuple[str, ...]) -> None:
    check = f"{code}; import sys; print([name for name in {unwanted!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
