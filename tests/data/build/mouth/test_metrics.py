"""Figures of mouths whose faults are known."""

import numpy as np
import pytest

from data.build.mouth.batches import ticks
from data.build.mouth.blend import movement, segments
from data.build.mouth.examples import Example
from data.build.mouth.metrics import CLOSE, JAW, Tracked, false_opening, figures
from data.build.mouth.spoken_clip import SILENT, Phone

SIGNS = ["b", "a", "t", "m", "u", "f", "i", "p", "o", "s", "d", "ɛ", "k", "a", "b", "ɑ", "l", "i"]
LENGTH = 0.12


@pytest.fixture(scope="module")
def truth() -> Example:
    phones = [Phone(0.0, SILENT), *[Phone(0.4 + n * LENGTH, s) for n, s in enumerate(SIGNS)]]
    end = 0.4 + len(SIGNS) * LENGTH
    found = segments([*phones, Phone(end, SILENT)], end + 0.4)
    moved = movement(found, end + 0.4)
    rows = len(moved.visemes) // 4 * 4
    shut = [[s.start, s.end] for s in found if s.shape.viseme == "PP"]
    mel = np.zeros((rows, 80), np.float16)
    parameters = np.round(moved.parameters[:rows] * 255).astype(np.uint8)
    return Example(mel, parameters, moved.visemes[:rows], np.array(shut), "t", "t", "en")


def exact(truth: Example) -> Tracked:
    parameters, visemes = ticks(truth, 0, len(truth.mel) // 4, 0)
    return Tracked(truth, parameters, visemes.argmax(axis=1))


def test_the_truth_is_perfect(truth: Example) -> None:
    found = figures([exact(truth)], 0.4)
    assert found.jaw_r == pytest.approx(1) and found.jaw_gain == pytest.approx(1)
    assert found.recall == found.precision == found.viseme_accuracy == 1
    assert found.closures == 4
    assert abs(found.lag_ms) < 1e-6 and found.false_open == 0


def test_a_late_mouth_has_its_lag(truth: Example) -> None:
    late = exact(truth)
    rolled = Tracked(truth, np.roll(late.parameters, 1, axis=0), None)
    found = figures([rolled], 0.4)
    assert found.lag_ms == pytest.approx(40, abs=4)
    assert found.viseme_accuracy is None


def test_missed_and_false_closures_are_counted(truth: Example) -> None:
    tracked = exact(truth)
    open_ = tracked.parameters.copy()
    open_[:, CLOSE] = 0
    never = figures([Tracked(truth, open_, None)], 0.4)
    assert (never.recall, never.precision) == (0, 0)
    wrong = tracked.parameters.copy()
    wrong[int((0.4 + 10.5 * LENGTH) * 25), CLOSE] = 1  # the d
    found = figures([Tracked(truth, wrong, None)], 0.4)
    assert found.recall == 1 and found.precision == pytest.approx(4 / 5)


def test_opening_in_silence_is_seen(truth: Example) -> None:
    tracked = exact(truth)
    gaping = tracked.parameters.copy()
    gaping[:, JAW] = 0.5
    assert figures([Tracked(truth, gaping, None)], 0.4).false_open == 1
    assert false_opening([tracked, Tracked(truth, gaping, None)]) > 0.5
