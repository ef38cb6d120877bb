"""Whisper's rows by stream against transformers on the file: `WHISPER_ERROR` of their spread."""

import json
import shutil
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import WhisperFeatureExtractor, WhisperModel

from data.units import FEATURE_CHUNK
from models.face.encoders.checkpoint import EncoderError
from models.face.encoders.compute import Compute
from models.face.encoders.stream import EncodedStream, Reach
from models.face.encoders.whisper import CENTRED, WhisperEncoder
from models.face.encoders.window import SEED, Span
from tests.models.face.encoders.checkpoints import save_hubert, save_whisper

WHISPER_ERROR: Final = 1e-4
EXACT: Final = Compute(torch.device("cpu"), torch.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whisper")
    save_whisper(folder)
    return folder


@pytest.fixture(scope="module")
def encoder(folder: Path) -> WhisperEncoder:
    return WhisperEncoder(folder, EXACT)


def noise(chunks: int) -> NDArray[np.float32]:
    """Loud and soft in turn, so that the windows' log-mel are normalised differently."""
    random = np.random.default_rng(3)
    loud = np.repeat(10 ** random.uniform(-3, -0.5, chunks), FEATURE_CHUNK)
    return (random.standard_normal(chunks * FEATURE_CHUNK) * loud).astype(np.float32)


def published(folder: Path, sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """[T, states, width] of the whole sound, layer by layer with the network's own parts."""
    model = WhisperModel.from_pretrained(folder)
    extractor = WhisperFeatureExtractor.from_pretrained(folder)
    network = model.get_encoder()
    with torch.no_grad():
        mel = torch.from_numpy(_log_mel(extractor, sound))[None]
        state = torch.nn.functional.gelu(network.conv1(mel))
        state = torch.nn.functional.gelu(network.conv2(state)).transpose(1, 2)
        states = [state + network.embed_positions.weight]
        for layer in network.layers:
            after = layer(states[-1], None)
            states.append(after[0] if isinstance(after, tuple) else after)
        states[-1] = network.layer_norm(states[-1])
        rows = torch.stack(states, dim=2)[0, : len(sound) // FEATURE_CHUNK]
    return rows.numpy()


def _log_mel(extractor: WhisperFeatureExtractor, sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Whisper's log-mel in float64 from its definition: padded, reflected, 400 by 160, Hann."""
    padded = np.zeros(extractor.n_samples)
    padded[: len(sound)] = sound
    padded = np.pad(padded, 200, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, 400)[::160][:-1]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    power = np.abs(np.fft.rfft(frames * hann, axis=1)) ** 2
    log = np.log10(np.maximum(power @ extractor.mel_filters, 1e-10))
    mel: NDArray[np.float32] = ((np.maximum(log, log.max() - 8) + 4) / 4).T.astype(np.float32)
    return mel


def streamed(
    stream: EncodedStream, sound: NDArray[np.float32], pieces: list[int]
) -> list[NDArray[np.float32]]:
    features: list[NDArray[np.float32]] = []
    at = 0
    for piece in [*pieces, len(sound) // FEATURE_CHUNK - sum(pieces)]:
        features += stream.push(sound[at : at + piece * FEATURE_CHUNK])
        at += piece * FEATURE_CHUNK
    return features


def assert_same(got: NDArray[np.float32], wanted: NDArray[np.float32]) -> None:
    assert np.abs(got - wanted).max() <= WHISPER_ERROR * wanted.std()


AHEAD = Reach(before=0, after=10)
"""Another reach than MuseTalk's: ten rows from the tick on."""


@pytest.mark.parametrize(
    ("reach", "span"),
    [(CENTRED, None), (AHEAD, None), (CENTRED, Span(16, 8, 10)), (AHEAD, Span(16, 8, 10))],
)
def test_a_file_of_one_window_is_the_file_at_once(
    folder: Path, encoder: WhisperEncoder, reach: Reach, span: Span | None
) -> None:
    """The ticks whose context is the whole file: no window of ours is in the wanted numbers."""
    span = span or reach.smallest(encoder.tail)
    sound = noise(span.chunks)
    rows = published(folder, sound)
    features = streamed(encoder.stream(reach, span), sound, [])[-span.ticks :]
    for tick, feature in enumerate(features):
        first = span.left + 2 * tick - reach.before
        assert_same(feature, rows[first : first + reach.rows].reshape(-1, encoder.width))


@pytest.mark.parametrize("pieces", [[], [1] * 39, [7, 2, 0, 13]])
@pytest.mark.parametrize("span", [None, SEED])
def test_every_tick_is_the_published_encoder_on_its_window(
    folder: Path, encoder: WhisperEncoder, span: Span | None, pieces: list[int]
) -> None:
    sound = noise(40)
    features = streamed(encoder.stream(CENTRED, span), sound, pieces)
    span = span or CENTRED.smallest(encoder.tail)
    padded = np.concatenate([np.zeros(span.left * FEATURE_CHUNK, np.float32), sound])
    assert len(features) == (40 - span.right) // span.middle * span.ticks
    for tick, feature in enumerate(features):
        block, inside = divmod(tick, span.ticks)
        start = block * span.middle * FEATURE_CHUNK
        rows = published(folder, padded[start : start + span.samples])
        first = span.left + 2 * inside - CENTRED.before
        assert feature.dtype == np.float32
        assert_same(feature, rows[first : first + 10].reshape(50, encoder.width))


def test_the_end_is_as_if_silence_followed(encoder: WhisperEncoder) -> None:
    sound = noise(12)
    ended, followed = encoder.stream(CENTRED), encoder.stream(CENTRED)
    features = ended.push(sound) + ended.finish()
    wanted = followed.push(np.concatenate([sound, np.zeros(4 * FEATURE_CHUNK, np.float32)]))
    assert len(features) == 6
    np.testing.assert_allclose(features, wanted, atol=1e-6)


def test_delays_are_told_and_the_smallest_is_the_default(encoder: WhisperEncoder) -> None:
    assert CENTRED.smallest(encoder.tail) == Span(10, 2, 4)
    assert CENTRED.smallest(encoder.tail).right_ms == 80
    assert AHEAD.smallest(encoder.tail).right_ms == 160
    with pytest.raises(ValueError, match="context"):
        encoder.stream(CENTRED, Span(10, 2, 3))
    with pytest.raises(ValueError, match="context"):
        encoder.stream(CENTRED, Span(3, 2, 10))


def test_streams_share_one_network_that_the_first_one_loads(folder: Path) -> None:
    encoder = WhisperEncoder(folder, EXACT)
    before = encoder.loaded
    one, other = encoder.stream(CENTRED), encoder.stream(CENTRED)
    assert (before, encoder.loaded) == (False, True)
    sound = noise(6)
    np.testing.assert_array_equal(one.push(sound), other.push(sound))


def test_the_published_size_gives_50_tokens_of_384(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(
        json.dumps({"model_type": "whisper", "encoder_layers": 4, "d_model": 384})
    )
    assert WhisperEncoder(tmp_path).shape(CENTRED) == (50, 384)


def test_a_window_longer_than_whisper_sees_is_refused(encoder: WhisperEncoder) -> None:
    with pytest.raises(ValueError, match="sees 50"):
        encoder.rows(np.zeros((1, 51 * FEATURE_CHUNK), np.float32))


def test_a_folder_without_its_parts_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"config\.json: missing"):
        WhisperEncoder(tmp_path)
    shutil.copy(folder / "config.json", tmp_path)
    with pytest.raises(EncoderError, match="no whole Whisper checkpoint"):
        WhisperEncoder(tmp_path, EXACT).rows(np.zeros((1, FEATURE_CHUNK), np.float32))
    save_hubert(tmp_path)
    with pytest.raises(EncoderError, match="not the config of a whisper"):
        WhisperEncoder(tmp_path)
