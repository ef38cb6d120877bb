"""Log-mel windows: against an independent float64 computation, and against themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.face.mel import BANDS, COLUMNS, MelStream, mel_bands

TICK = 640
SILENCE = np.log(1e-5) / 4 + 0.5


def reference_columns(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """[n, 80] log-mel of 10 ms columns, written out in float64 without sharing any code."""
    low_mel, high_mel = (2595 * np.log10(1 + hz / 700) for hz in (40, 7600))
    edges = [700 * (10 ** (m / 2595) - 1) for m in np.linspace(low_mel, high_mel, 82)]
    bank = np.zeros((80, 257))
    for band in range(80):
        low, middle, high = edges[band : band + 3]
        for k in range(257):
            hz = k * 16000 / 512
            if low < hz <= middle:
                bank[band, k] = (hz - low) / (middle - low)
            elif middle < hz < high:
                bank[band, k] = (high - hz) / (high - middle)
        if bank[band].sum() == 0:
            bank[band, round(middle * 512 / 16000)] = 1
        bank[band] /= bank[band].sum()
    padded = np.concatenate([np.zeros(240), sound.astype(np.float64)])
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399)
    columns = []
    for t in range(len(sound) // 160):
        power = np.abs(np.fft.rfft(padded[t * 160 : t * 160 + 400] * hann, 512)) ** 2
        columns.append(np.log(bank @ power + 1e-5) / 4 + 0.5)
    return np.array(columns).reshape(-1, 80)


def reference_windows(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """[ticks, 80, 72]: silence before, and 80 ms of it after."""
    ticks = len(sound) // TICK
    followed = np.concatenate([sound, np.zeros(1280, np.float32)])
    columns = reference_columns(followed)
    columns = np.concatenate([np.full((COLUMNS, BANDS), SILENCE), columns])
    ends = [4 * (n + 1) + 8 + COLUMNS for n in range(ticks)]
    return np.array([columns[end - COLUMNS : end].T for end in ends]).reshape(-1, 80, 72)


def noise(samples: int, seed: int = 0) -> NDArray[np.float32]:
    """Noise whose loudness changes, so that every column differs."""
    random = np.random.default_rng(seed)
    swell = np.repeat(random.random(samples // 999 + 1), 999)[:samples]
    return (random.standard_normal(samples) * swell * 0.1).astype(np.float32)


def test_windows_are_the_reference() -> None:
    sound = noise(TICK * 40)
    stream = MelStream()
    windows = stream.push(sound) + stream.finish()
    assert len(windows) == 40
    assert all(window.shape == (80, 72) and window.dtype == np.float32 for window in windows)
    np.testing.assert_allclose(np.stack(windows), reference_windows(sound), atol=2e-4)


def test_every_band_sums_to_one_and_lies_in_order() -> None:
    bands = mel_bands()
    np.testing.assert_allclose(bands.sum(axis=1), 1, rtol=1e-6)
    assert (np.diff(bands.argmax(axis=1)) >= 0).all()


def test_silence_is_the_floor() -> None:
    stream = MelStream()
    (window,) = stream.push(np.zeros(TICK * 3, np.float32))
    np.testing.assert_allclose(window, SILENCE, atol=1e-5)


def test_a_tick_comes_with_its_last_20_ms_of_context() -> None:
    stream = MelStream()
    counts = [len(stream.push(noise(320, seed))) for seed in range(10)]
    assert counts == [0, 0, 0, 0, 0, 1, 0, 1, 0, 1]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.booleans()),
        min_size=1,
        max_size=12,
    )
)
def test_any_pieces_and_any_finishes_give_the_file(pieces: list[tuple[int, bool]]) -> None:
    """Left context is always what was heard; right context is silence only after a finish."""
    sound = noise(320 * sum(chunks for chunks, _ in pieces))
    stream, heard = MelStream(), 0
    got: list[NDArray[np.float32]] = []
    wanted: list[NDArray[np.float64]] = []
    whole = reference_columns(np.concatenate([sound, np.zeros(1280, np.float32)]))
    whole = np.concatenate([np.full((COLUMNS, BANDS), SILENCE), whole])

    def expect(until_sample: int, columns: NDArray[np.float64]) -> None:
        while (len(wanted) + 1) * TICK <= until_sample:
            end = 4 * (len(wanted) + 1) + 8 + COLUMNS
            wanted.append(columns[end - COLUMNS : end].T)

    for chunks, finished in pieces:
        got += stream.push(sound[heard : heard + 320 * chunks])
        heard += 320 * chunks
        expect(heard - 1280, whole)
        assert len(got) == len(wanted)
        if finished:
            got += stream.finish()
            cut = reference_columns(np.concatenate([sound[:heard], np.zeros(1280, np.float32)]))
            expect(heard, np.concatenate([np.full((COLUMNS, BANDS), SILENCE), cut]))
            assert len(got) == len(wanted) == heard // TICK
    for window, reference in zip(got, wanted, strict=True):
        np.testing.assert_allclose(window, reference, atol=2e-4)


def test_finishing_twice_gives_nothing_more() -> None:
    stream = MelStream()
    stream.push(noise(TICK * 5))
    assert len(stream.finish()) == 2
    assert stream.finish() == []


def test_reset_forgets_everything() -> None:
    used, fresh = MelStream(), MelStream()
    used.push(noise(TICK * 7 + 320))
    used.reset()
    sound = noise(TICK * 6, seed=1)
    for a, b in zip(used.push(sound), fresh.push(sound), strict=True):
        np.testing.assert_array_equal(a, b)


def test_windows_stay_as_they_were_given() -> None:
    stream = MelStream()
    (window,) = stream.push(noise(TICK * 3))
    before = window.copy()
    stream.push(noise(TICK * 30, seed=1))
    np.testing.assert_array_equal(window, before)


def test_a_long_stream_keeps_nothing_that_grows() -> None:
    stream = MelStream()
    for seed in range(50):
        stream.push(noise(TICK, seed))
    held = sum(value.nbytes for value in vars(stream).values() if isinstance(value, np.ndarray))
    for seed in range(50):
        stream.push(noise(TICK, seed))
    after = sum(value.nbytes for value in vars(stream).values() if isinstance(value, np.ndarray))
    assert held == after


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(319, np.float32),
        np.zeros(320, np.float64),
        np.zeros((2, 320), np.float32),
        np.zeros(320, np.int16),
    ],
)
def test_other_sound_is_refused(sound: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match="multiples of 20 ms"):
        MelStream().push(sound)
