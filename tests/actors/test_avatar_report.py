"""What is written beside an avatar: a film of it in speech, with sound, and its figures."""

from pathlib import Path

import av
import msgspec
import numpy as np
import pytest

from actors.avatar_report import MOST_TICKS, report_on
from actors.spoken_avatar import said
from data.clip import Clip
from data.making.beside import PREVIEW, REPORT
from data.making.clip_avatar import ClipFigures
from data.making.own_mouths import OwnFigures
from models.face.idle import prepare


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """The first built-in person."""
    return prepare(tmp_path_factory.mktemp("home") / "mira")


def test_a_film_with_sound_and_figures_lie_beside_the_avatar(clip: Clip, tmp_path: Path) -> None:
    own = OwnFigures(own=90, states=128, frames=40, off=0.02, delay=-3, match=0.5)
    figures = ClipFigures(300, 128, 70.0, 1.0, 12, 0.2, own, "")
    report = report_on(clip, tmp_path, figures)
    with av.open(str(tmp_path / PREVIEW)) as film:
        assert MOST_TICKS - 10 < film.streams.video[0].frames <= MOST_TICKS
        assert (film.streams.video[0].width, film.streams.video[0].height) == (512, 512)
        loud = [float(np.abs(frame.to_ndarray()).max()) for frame in film.decode(audio=0)]
        assert max(loud) > 0.1
    told = msgspec.json.decode((tmp_path / REPORT).read_bytes())
    assert told["own"] == {
        "own": 90, "states": 128, "frames": 40, "off": 0.02, "delay": -3, "match": 0.5,
    }  # fmt: skip
    assert told["speaking"]["seam_step"] < 1.5, "its mouths were rendered in its light"
    assert 0.5 < told["speaking"]["sharpness"] / told["speaking"]["sharpness_idle"] < 1.5
    assert told["speaking"]["flicker"] > told["speaking"]["flicker_idle"]
    assert told["disk_mb"] > 0
    assert str(report).startswith("90 of 128 mouths own, sharpness ")
    assert sorted(path.name for path in tmp_path.iterdir()) == [PREVIEW, REPORT]


def test_a_sentence_is_as_long_for_the_face_as_for_the_ear() -> None:
    sentence = said("Hello there.")
    assert len(sentence.ticks) == len(sentence.sound) > 10
    assert sentence.ticks.shape[1] * 3 == sentence.sound.shape[1]
