"""Windows of many sessions in one batch give what each gives alone: `ERROR` of the spread."""

from typing import Final

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from data.units import FEATURE_CHUNK
from models.face.encoders.compute import Compute
from models.face.encoders.hubert import AROUND, HubertEncoder
from models.face.encoders.stream import EncodedStream, Encoder, encode
from models.face.encoders.whisper import CENTRED, WhisperEncoder
from models.face.encoders.window import Span
from models.face.engine import NO_FEATURE, require_features
from tests.models.face.encoders.checkpoints import save_hubert, save_whisper

ERROR: Final = 1e-4
EXACT: Final = Compute(torch.device("cpu"), torch.float32)


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> WhisperEncoder:
    folder = tmp_path_factory.mktemp("whisper")
    save_whisper(folder)
    return WhisperEncoder(folder, EXACT)


@pytest.fixture(scope="module")
def hubert(tmp_path_factory: pytest.TempPathFactory) -> HubertEncoder:
    folder = tmp_path_factory.mktemp("hubert")
    save_hubert(folder)
    return HubertEncoder(folder, EXACT)


def sounds(*chunks: int) -> list[NDArray[np.float32]]:
    """One for each session, some of them much louder than others."""
    random = np.random.default_rng(6)
    return [
        (random.standard_normal(count * FEATURE_CHUNK) * 10.0 ** -(session % 4)).astype(np.float32)
        for session, count in enumerate(chunks)
    ]


def assert_alone_is_together(encoder: Encoder, windows: list[NDArray[np.float32]]) -> None:
    together = encode(encoder, windows)
    for window, rows in zip(windows, together, strict=True):
        (alone,) = encode(encoder, [window])
        assert np.abs(rows[: len(alone)] - alone).max() <= ERROR * alone.std()


def test_hubert_s_batch_is_each_alone(hubert: HubertEncoder) -> None:
    assert_alone_is_together(hubert, sounds(19, 19, 19, 19, 19))
    with pytest.raises(ValueError, match="one length"):
        encode(hubert, sounds(19, 21))


def test_whisper_s_batch_is_each_alone_whatever_their_lengths(whisper: WhisperEncoder) -> None:
    assert_alone_is_together(whisper, sounds(16, 30, 18, 16, 50))


@pytest.mark.parametrize("kind", ["whisper", "hubert"])
def test_a_window_that_grew_is_the_stream_with_a_longer_middle(
    kind: str, whisper: WhisperEncoder, hubert: HubertEncoder
) -> None:
    span = (CENTRED if kind == "whisper" else AROUND).smallest(0 if kind == "whisper" else 1)

    def stream(of: Span) -> EncodedStream:
        if kind == "whisper":
            return whisper.stream(CENTRED, of)
        return hubert.stream((16, 4, 8), of)

    longer = Span(span.left, 8, span.right)
    (sound,) = sounds(span.right + 8)
    window = stream(span).growing()
    window.hear(sound)
    (piece,) = window.cut()
    assert piece.ticks == 4
    encoder: Encoder = whisper if kind == "whisper" else hubert
    given = stream(span).features(encode(encoder, [piece.sound])[0], piece.ticks)
    np.testing.assert_allclose(given, stream(longer).push(sound), atol=1e-5)


def test_rows_without_a_feature_are_refused_by_number() -> None:
    features = np.zeros((3, 2, 4), np.float32)
    require_features(features)
    require_features(features[:0])
    features[1] = NO_FEATURE
    with pytest.raises(ValueError, match=r"rows \[1\] have no feature"):
        require_features(features)
