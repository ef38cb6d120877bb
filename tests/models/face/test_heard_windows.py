"""Windows that follow one another, of sessions in any order, give what each gives alone."""

import numpy as np
import pytest
from numpy.typing import NDArray

from data.head import builtin_folder
from models.face.heard_windows import MOST, HeardWindows
from models.face.mel import MelStream
from models.face.mouth import MouthNet

Windows = list[NDArray[np.float32]]


class CountingNet(MouthNet):
    """Counts the rows that are worked out from nothing."""

    begun = 0

    def begin(self, mel: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        self.begun += len(mel)
        return super().begin(mel)


@pytest.fixture
def net() -> CountingNet:
    return CountingNet(builtin_folder() / "mouth.npz")


def windows(seed: int, ticks: int = 30) -> Windows:
    """Of noise that comes and goes."""
    dice = np.random.default_rng(seed)
    loud = np.repeat(dice.uniform(0, 0.3, ticks), 640)
    return MelStream().push((dice.normal(0, 1, len(loud)) * loud).astype(np.float32))


def newest(net: MouthNet, window: NDArray[np.float32]) -> NDArray[np.float32]:
    return net.columns(window[None])[0, :, -2:]


def test_each_tick_is_what_its_window_says_and_only_the_first_is_worked_out_whole(
    net: CountingNet,
) -> None:
    heard, oracle = HeardWindows(net), MouthNet(builtin_folder() / "mouth.npz")
    for mel in windows(1):
        found = heard.columns(mel[None])[0, :, -2:]
        np.testing.assert_allclose(found, newest(oracle, mel), atol=5e-5)
    assert net.begun == 1


def test_sessions_share_a_batch_in_any_order(net: CountingNet) -> None:
    heard, oracle = HeardWindows(net), MouthNet(builtin_folder() / "mouth.npz")
    sessions = [windows(seed) for seed in range(4)]
    dice = np.random.default_rng(0)
    for tick in range(20):
        order = dice.permutation(4)
        found = heard.columns(np.stack([sessions[n][tick] for n in order]))
        for row, session in enumerate(order):
            wanted = newest(oracle, sessions[session][tick])
            np.testing.assert_allclose(found[row, :, -2:], wanted, atol=5e-5)
    assert net.begun == 4


def test_a_tick_that_was_left_out_begins_anew(net: CountingNet) -> None:
    heard = HeardWindows(net)
    mel = windows(1)
    for window in mel[3:5] + mel[9:11]:
        heard.columns(window[None])
    assert net.begun == 2


def test_the_same_sound_in_two_sessions_is_right_in_both(net: CountingNet) -> None:
    heard, oracle = HeardWindows(net), MouthNet(builtin_folder() / "mouth.npz")
    for mel in windows(1, 12):
        found = heard.columns(np.stack([mel, mel]))
        np.testing.assert_allclose(found[0, :, -2:], newest(oracle, mel), atol=5e-5)
        np.testing.assert_allclose(found[1, :, -2:], newest(oracle, mel), atol=5e-5)
    assert net.begun == 1


def test_sessions_that_pause_together_go_on_each_from_its_own(net: CountingNet) -> None:
    heard, oracle = HeardWindows(net), MouthNet(builtin_folder() / "mouth.npz")
    dice = np.random.default_rng(3)
    loud = np.repeat([0.2] * 8 + [0.0] * 6 + [0.2] * 6, 640)
    sounds = [(dice.normal(0, 1, len(loud)) * loud).astype(np.float32) for _ in range(3)]
    for together in zip(*(MelStream().push(sound) for sound in sounds), strict=True):
        for mel in together:
            found = heard.columns(mel[None])[0, :, -2:]
            np.testing.assert_allclose(found, newest(oracle, mel), atol=5e-5)
    assert net.begun == 3


def test_windows_that_agree_in_their_newest_columns_alone_are_told_apart(
    net: CountingNet,
) -> None:
    heard, oracle = HeardWindows(net), MouthNet(builtin_folder() / "mouth.npz")
    one, other = windows(1)[10:12], windows(2)[10:12]
    mixed = other[1].copy()
    mixed[:, -8:] = one[1][:, -8:]
    heard.columns(one[0][None])
    found = heard.columns(mixed[None])[0, :, -2:]
    np.testing.assert_allclose(found, newest(oracle, mixed), atol=5e-5)


def test_no_more_is_remembered_than_there_may_be_sessions(net: CountingNet) -> None:
    heard = HeardWindows(net)
    dice = np.random.default_rng(5)
    for _ in range(3):
        heard.columns(dice.normal(0, 1, (MOST // 2, 80, 72)).astype(np.float32))
    assert len(heard) == MOST
