"""An avatar's network is made ready by a process of its own, while torch renders."""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.face.exported import digest
from models.face.ultralight.build import build
from models.face.ultralight.engine import HUBERT, UltralightEngine
from models.face.ultralight.precision import home, verdicts
from models.face.ultralight.sizes import SOUND
from tests.models.face.encoders.checkpoints import save_hubert
from tests.models.face.tiny import (
    PERSON,
    WIDTHS,
    clip_for,
    face_crops,
    render,
    save_ultralight,
    ultralight,
)

PATIENCE = 600
"""Seconds that a build may take on a busy machine; no test measures time."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[UltralightEngine]:
    save_ultralight(tmp_path)
    yield UltralightEngine(tmp_path, widths=WIDTHS)


def face(engine: UltralightEngine, avatar: int) -> NDArray[np.int64]:
    window = np.random.default_rng(2).normal(0, 1, (1, *SOUND)).astype(np.float32)
    return np.asarray(render(engine, window, [avatar], [1])[0], np.int64)


def test_what_was_built_is_judged_and_found_the_next_time(
    engine: UltralightEngine, tmp_path: Path
) -> None:
    save_hubert(tmp_path / HUBERT, 1024)
    older = home(tmp_path, PERSON) / "older"
    older.mkdir(parents=True)
    (older / "painted.onnx").touch()
    weights = tmp_path / "ultralight" / f"{PERSON}.pth"
    folder = home(tmp_path, PERSON) / digest(weights)
    build(weights, face_crops(160), tmp_path / HUBERT, folder, ",".join(map(str, WIDTHS)))
    assert list(home(tmp_path, PERSON).iterdir()) == [folder]
    verdict = verdicts(tmp_path)[PERSON]
    assert verdict.decibels is not None
    assert verdict.int8 == (verdict.why == "near enough")
    clip = clip_for("ultralight", engine.face)
    found = face(engine, engine.bind(clip))
    plain = ultralight(tmp_path)
    assert np.abs(found - face(plain, plain.bind(clip))).max() <= (60 if verdict.int8 else 1)


def test_a_network_is_taken_over_when_it_is_ready(
    engine: UltralightEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """There is no HuBERT here, so nothing is compared and float32 runs."""
    avatar = engine.bind(clip_for("ultralight", engine.face))
    before = face(engine, avatar)
    with caplog.at_level(logging.INFO):
        engine.take_over(PATIENCE)
    verdict = verdicts(tmp_path)[PERSON]
    assert (verdict.int8, verdict.decibels) == (False, None)
    assert str(verdict) in caplog.text
    assert "not compared" in str(verdict)
    assert np.abs(face(engine, avatar) - before).max() <= 1


def test_a_build_that_fails_is_told_and_torch_goes_on(
    engine: UltralightEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    avatar = engine.bind(clip_for("ultralight", engine.face))
    before = face(engine, avatar)
    (tmp_path / "exported").write_text("a file where the folder would be")
    engine.take_over(PATIENCE)
    assert "could not be made ready" in caplog.text
    np.testing.assert_array_equal(face(engine, avatar), before)


def test_who_is_freed_is_built_no_more(engine: UltralightEngine, tmp_path: Path) -> None:
    avatar = engine.bind(clip_for("ultralight", engine.face))
    engine.free(avatar)
    engine.take_over(PATIENCE)
    assert not verdicts(tmp_path)
