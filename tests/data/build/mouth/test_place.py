"""Recordings that say what their text says, and one that does not."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra `build` is not installed")

import torch

from data.build.mouth.aligner import Aligner
from data.build.mouth.phones import SOUNDS
from data.build.mouth.place import placed
from data.build.mouth.spoken_clip import SILENT, Phone, SpokenClip
from data.build.mouth.voices import Offsets
from data.units import FEATURE_RATE


@pytest.fixture
def deaf() -> Aligner:
    """An aligner that hears `a` whatever is said."""
    aligner = Aligner().eval()
    bias = torch.full((len(SOUNDS) + 1,), -4.0)
    bias[SOUNDS.index("a")] = 8
    state = {"weight": torch.zeros_like(aligner.head.weight), "bias": bias}
    aligner.head.load_state_dict(state)
    return aligner


def clip(sign: str, kind: str) -> SpokenClip:
    sound = np.random.default_rng(0).normal(0, 0.1, 2 * FEATURE_RATE).astype(np.float32)
    phones = (Phone(0.0, SILENT), Phone(0.5, sign), Phone(1.0, sign), Phone(1.5, SILENT))
    return SpokenClip(sound, phones, kind, "en", "en", "train")


def test_a_recording_that_says_something_else_is_left_out(deaf: Aligner) -> None:
    kept, _ = placed(deaf, [clip("a", "recorded"), clip("s", "recorded")], Offsets({}))
    assert [each.phones[1].sign for each in kept] == ["a"]
    assert deaf.fit(clip("a", "recorded")) > 0 > -1.5 > deaf.fit(clip("s", "recorded"))


def test_what_a_synthesiser_said_is_kept(deaf: Aligner) -> None:
    kept, _ = placed(deaf, [clip("a", "hibari"), clip("s", "hibari")], Offsets({}))
    assert len(kept) == 2


def test_where_nothing_fits_it_says_so(deaf: Aligner) -> None:
    with pytest.raises(ValueError, match="no clip of recorded says what its text says"):
        placed(deaf, [clip("s", "recorded")], Offsets({}))
