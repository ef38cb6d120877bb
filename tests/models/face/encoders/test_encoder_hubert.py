"""HuBERT's rows by stream against transformers on the file: `HUBERT_ERROR` of their spread."""

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import HubertModel

from data.units import FEATURE_CHUNK
from models.face.encoders.checkpoint import EncoderError
from models.face.encoders.compute import Compute
from models.face.encoders.hubert import AROUND, HubertEncoder
from models.face.encoders.window import SEED, Span
from tests.models.face.encoders.checkpoints import save_hubert, save_whisper

HUBERT_ERROR: Final = 1e-4
EXACT: Final = Compute(torch.device("cpu"), torch.float32)
SHAPE: Final = (16, 4, 8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hubert")
    save_hubert(folder)
    return folder


@pytest.fixture(scope="module")
def encoder(folder: Path) -> HubertEncoder:
    return HubertEncoder(folder, EXACT)


def noise(chunks: int) -> NDArray[np.float32]:
    random = np.random.default_rng(4)
    loud = np.repeat(10 ** random.uniform(-3, -0.5, chunks), FEATURE_CHUNK)
    return (random.standard_normal(chunks * FEATURE_CHUNK) * loud).astype(np.float32)


@cache
def network_of(folder: Path) -> HubertModel:
    network: HubertModel = HubertModel.from_pretrained(folder)
    return network


def published(folder: Path, sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """[T, width] of the whole sound, normalised here in float64."""
    wide = sound.astype(np.float64)
    normal = (wide - wide.mean()) / np.sqrt(wide.var() + 1e-7)
    with torch.no_grad():
        rows = network_of(folder)(
            torch.from_numpy(normal.astype(np.float32))[None]
        ).last_hidden_state[0]
    array: NDArray[np.float32] = rows.numpy()
    return array


def assert_same(got: NDArray[np.float32], wanted: NDArray[np.float32]) -> None:
    assert got.dtype == np.float32
    assert np.abs(got - wanted).max() <= HUBERT_ERROR * wanted.std()


@pytest.mark.parametrize("span", [AROUND.smallest(1), Span(16, 8, 10)])
def test_a_file_of_one_window_is_the_file_at_once(
    folder: Path, encoder: HubertEncoder, span: Span
) -> None:
    sound = noise(span.chunks)
    rows = published(folder, sound)
    assert len(rows) == span.chunks - 1
    stream = encoder.stream(SHAPE, span)
    for tick, feature in enumerate(stream.push(sound)[-span.ticks :]):
        first = span.left + 2 * tick - 8
        assert_same(feature, rows[first : first + 16].reshape(SHAPE))


@pytest.mark.parametrize("pieces", [[40], [1] * 40, [7, 2, 0, 31]])
@pytest.mark.parametrize("span", [None, SEED])
def test_every_tick_is_the_published_encoder_on_its_window(
    folder: Path, encoder: HubertEncoder, span: Span | None, pieces: list[int]
) -> None:
    sound = noise(40)
    stream = encoder.stream(SHAPE, span)
    parts = np.split(sound, np.cumsum(pieces[:-1]) * FEATURE_CHUNK)
    features = [feature for part in parts for feature in stream.push(part)]
    span = span or AROUND.smallest(encoder.tail)
    padded = np.concatenate([np.zeros(span.left * FEATURE_CHUNK, np.float32), sound])
    assert len(features) == (40 - span.right) // span.middle * span.ticks
    for tick, feature in enumerate(features):
        block, inside = divmod(tick, span.ticks)
        start = block * span.middle * FEATURE_CHUNK
        rows = published(folder, padded[start : start + span.samples])
        first = span.left + 2 * inside - 8
        assert_same(feature, rows[first : first + 16].reshape(SHAPE))


def test_silence_is_finite(encoder: HubertEncoder) -> None:
    stream = encoder.stream(SHAPE)
    (feature,) = stream.push(np.zeros(9 * FEATURE_CHUNK, np.float32))
    assert np.isfinite(feature).all()


def test_the_smallest_delay_is_140_ms_and_shorter_spans_are_refused(
    encoder: HubertEncoder,
) -> None:
    assert AROUND.smallest(encoder.tail).right_ms == 140
    with pytest.raises(ValueError, match="context"):
        encoder.stream(SHAPE, Span(10, 2, 6))
    with pytest.raises(ValueError, match="512 numbers"):
        encoder.stream((16, 32, 32))


def test_the_folder_of_another_encoder_is_refused(tmp_path: Path) -> None:
    save_whisper(tmp_path)
    with pytest.raises(EncoderError, match="not the config of a hubert"):
        HubertEncoder(tmp_path)
