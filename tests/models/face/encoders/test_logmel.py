"""The short log-mel against the preprocessor that transforms all 30 s."""

import numpy as np
import pytest
import torch
from transformers import WhisperFeatureExtractor

from models.face.encoders.logmel import LogMel


@pytest.mark.parametrize("chunks", [1, 16, 28, 99, 100])
def test_it_is_the_preprocessor_s(chunks: int) -> None:
    extractor = WhisperFeatureExtractor(chunk_length=2)  # type: ignore[no-untyped-call] # theirs
    random = np.random.default_rng(chunks)
    sound = random.standard_normal((3, chunks * 320), np.float32)
    sound[1] *= np.float32(1e-3)
    sound[2] = 0
    wanted = extractor(list(sound), sampling_rate=16_000, return_tensors="np").input_features
    given = LogMel(extractor, torch.device("cpu"))(sound).numpy()
    assert given.shape == wanted.shape == (3, 80, 200)
    np.testing.assert_allclose(given, wanted, atol=1e-4)
