"""The built-in engine on real speech: timing, closures, silence, batches, light imports."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.head import builtin_folder
from data.i420 import planes
from models.face import engines
from models.face.builtin import BuiltinEngine
from models.face.engine import EngineError
from models.face.engines import ENGINES, load_engine
from models.face.mouth import PARAMETERS, MouthNet

Speak = Callable[[str], NDArray[np.float32]]
NOWHERE = Path("nowhere")
TICK = 640
LIPS = (slice(38, 62), slice(30, 78))
"""Rows and columns of chroma that hold the lips and no more than skin besides."""
RED = 138
"""The red difference (V) of lips and skin is above this, of teeth and the dark below."""

SHUT = 40
"""Of such pixels, in lips that touch along their whole length."""


def windows(engine: BuiltinEngine, sound: NDArray[np.float32]) -> NDArray[np.float32]:
    stream = engine.stream()
    return np.stack(stream.push(sound) + stream.finish())


def faces(engine: BuiltinEngine, features: NDArray[np.float32]) -> NDArray[np.uint8]:
    out = np.empty((len(features), *engine.face.shape), np.uint8)
    nobody = np.zeros(len(features), np.int32)
    engine.render(features, nobody, nobody, out)
    return out


def opening(pictures: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Pixels between the lips of each face: teeth or the dark, for neither is red."""
    return np.array([4 * (planes(picture)[2][LIPS] < RED).sum() for picture in pictures], np.intp)


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


def test_lips_are_shut_in_every_closure(engine: BuiltinEngine, speak: Speak) -> None:
    sound = speak("Papa, papa, papa, papa.")
    wide = opening(faces(engine, windows(engine, sound)))
    stops = dips(loudness(sound))
    assert len(stops) >= 6
    for n in stops:
        assert wide[n - 1 : n + 2].min() < SHUT, f"the mouth is open around the closure at {n}"
    assert np.percentile(wide, 90) > 500


def test_a_sentence_opens_and_closes_with_its_sound(engine: BuiltinEngine, speak: Speak) -> None:
    sound = speak("Bob put the map by the bump. Mama may pop a balloon.")
    features = windows(engine, sound)
    loud, wide = loudness(sound), opening(faces(engine, features))
    shut_while_speaking = (wide < SHUT) & (loud > 0.003)
    assert 15 < shut_while_speaking.sum() < 0.6 * (loud > 0.003).sum()
    assert wide[loud > 0.08].mean() > 4 * wide[loud < 0.003].mean()
    jaw = MouthNet(builtin_folder() / "mouth.onnx").parameters(features)[:, 0]
    assert np.corrcoef(jaw, np.sqrt(loud))[0, 1] > 0.6


def test_the_mouth_is_in_step_with_the_sound(engine: BuiltinEngine, speak: Speak) -> None:
    """Jaw against loudness: the best shift is none, not one tick early or late."""
    sound = speak("Papa, papa, papa, papa. My baby brother may break the big brown box.")
    features = windows(engine, sound)
    jaw = MouthNet(builtin_folder() / "mouth.onnx").parameters(features)[:, 0]
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
def test_silence_and_noise_open_little(engine: BuiltinEngine, level: float) -> None:
    """Nothing, but for a moment where loud noise begins and ends (-40 dBFS is the last)."""
    random = np.random.default_rng(0)
    sound = (random.standard_normal(TICK * 50) * level).astype(np.float32)
    wide = opening(faces(engine, windows(engine, sound)))
    assert np.percentile(wide, 85) < SHUT
    assert wide.max() < (450 if level > 5e-4 else SHUT)


def test_silence_is_the_resting_mouth(engine: BuiltinEngine) -> None:
    pictures = faces(engine, windows(engine, np.zeros(TICK * 5, np.float32)))
    net = MouthNet(builtin_folder() / "mouth.onnx")
    assert (pictures == pictures[0]).all()
    silence = windows(engine, np.zeros(TICK, np.float32))
    np.testing.assert_allclose(net.parameters(silence), 0, atol=0.01)


def test_a_batch_of_eight_is_eight_singles(engine: BuiltinEngine, speak: Speak) -> None:
    features = windows(engine, speak("Hello, how are you today?"))[15:23]
    together = faces(engine, features)
    alone = np.concatenate([faces(engine, feature[None]) for feature in features])
    np.testing.assert_array_equal(together, alone)


def test_an_empty_batch_is_nothing(engine: BuiltinEngine) -> None:
    assert faces(engine, np.empty((0, 80, 72), np.float32)).shape[0] == 0


def test_other_shapes_are_refused(engine: BuiltinEngine) -> None:
    poses = np.zeros(2, np.int32)
    out = np.empty((2, *engine.face.shape), np.uint8)
    with pytest.raises(ValueError, match="faces need"):
        engine.render(np.zeros((1, 80, 72), np.float32), poses[:1], poses[:1], out)
    with pytest.raises(ValueError, match="mel windows"):
        engine.render(np.zeros((2, 80, 71), np.float32), poses, poses, out)


def test_all_parameters_move_in_speech(speak: Speak, engine: BuiltinEngine) -> None:
    sound = speak("Five wolves chew thick juicy leaves, and she saw a blue moon.")
    shape = MouthNet(builtin_folder() / "mouth.onnx").parameters(windows(engine, sound))
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
        ("import data.clip, models.paste", ("onnxruntime", "models.face", "torch")),
    ],
)
def test_features_and_compositor_load_no_network(code: str, unwanted: tuple[str, ...]) -> None:
    check = f"{code}; import sys; print([name for name in {unwanted!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
