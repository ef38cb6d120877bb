"""What is said at each 10 ms: the posteriors that phone times are corrected by.

In: mel columns. Out: how likely each letter of IPA is there, and a beginning. Owns its weights.

It is not the mouth network, nor does it know it: it hears both sides of a column, 250 ms each, has
other targets, and serves to label sound whose phones are known and whose times are loose. It is
trained on speech whose times are exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from data.build.mouth.examples import columns
from data.build.mouth.phones import SOUNDS, articulations, sounds
from data.build.mouth.spoken_clip import BREATH, SILENT, SpokenClip
from models.face.mel import BANDS

STEP: Final = 0.01
"""Seconds a column."""
_WIDTH: Final = 96
_GAPS: Final = (1, 2, 4, 8, 4, 1)
_MATES: Final = 0.3
_LEAST: Final = 2e-3
_AT: Final = {sound: at for at, sound in enumerate(SOUNDS)}
_BREATHED: Final = frozenset("szʃʒɕʑʂʐpb")
"""Whose breath is theirs: affricates', and that of p and b, which `data.build.mouth.onsets`
parts."""


@dataclass(frozen=True)
class SoundStart:
    """One sound of a clip: where it begins, in s, and its index in `SOUNDS`."""

    start: float
    sound: int


def pieces(clip: SpokenClip) -> list[SoundStart]:
    """The clip's sounds one after another; diphthongs and affricates apart, silences joined."""
    found: list[SoundStart] = []
    ends = [phone.start for phone in clip.phones[1:]] + [clip.seconds]
    for phone, end in zip(clip.phones, ends, strict=True):
        parts = sounds(phone.sign)
        for at, sound in enumerate(parts):
            start = phone.start + (end - phone.start) * at / len(parts)
            before = SOUNDS[found[-1].sound] if found else ""
            same = sound == before == SOUNDS[0]
            breathed = phone.sign == BREATH and before in _BREATHED
            if not (same or breathed):
                found.append(SoundStart(start, _AT[sound]))
    return found


def normal(mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Columns [n, 80] less their mean, over their deviation: another microphone is the same."""
    return np.asarray((mel - mel.mean(axis=0)) / (mel.std(axis=0) + 0.05), np.float32)


class Block(nn.Module):
    """A convolution over three columns, `gap` apart; batch norm; a rectifier; and a short cut."""

    def __init__(self, gap: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(_WIDTH, _WIDTH, 3, padding=gap, dilation=gap, bias=False)
        self.norm = nn.BatchNorm1d(_WIDTH)

    def forward(self, columns: torch.Tensor) -> torch.Tensor:
        """[B, width, T] to the same."""
        return columns + torch.relu(self.norm(self.conv(columns)))


class Aligner(nn.Module):
    """float32 [B, 80, T] to [B, sounds + 1, T]: logits of the sounds, and of a beginning."""

    def __init__(self) -> None:
        super().__init__()
        self.ear = nn.Conv1d(BANDS, _WIDTH, 5, padding=2)
        self.blocks = nn.Sequential(*(Block(gap) for gap in _GAPS))
        self.drop = nn.Dropout(0.1)
        self.head = nn.Conv1d(_WIDTH, len(SOUNDS) + 1, 1)
        self.shares: torch.Tensor
        self.register_buffer("shares", torch.full((len(SOUNDS),), 1 / len(SOUNDS)))

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        """See the class."""
        found: torch.Tensor = self.head(self.drop(self.blocks(torch.relu(self.ear(mel)))))
        return found

    def heard(self, clip: SpokenClip, wanted: Sequence[int]) -> "SoundPosteriors":
        """How well each of the `wanted` sounds fits each column of the clip."""
        mel = normal(columns(clip.sound)).T[None].copy()
        with torch.no_grad():
            logits = self.eval()(torch.from_numpy(mel))[0]
        posterior = torch.softmax(logits[:-1], 0).numpy()
        begun = torch.sigmoid(logits[-1]).numpy()
        own = posterior / np.sqrt(self.shares.numpy()[:, None])
        mates = _GROUPS @ posterior / np.sqrt(_GROUPS @ self.shares.numpy())[:, None]
        fit = np.log((1 - _MATES) * own + _MATES * mates + _LEAST)
        return SoundPosteriors(fit[list(wanted)], np.log(begun + 0.02))

    def fit(self, clip: SpokenClip) -> float:
        """How well the clip's sounds fit where they are said to be, their mean without silences.

        Speech scores -1 to 0.2; where something else is said than the phones, -1.5 and less.
        """
        found = pieces(clip)
        heard = self.heard(clip, [piece.sound for piece in found]).fit
        starts = [round(piece.start / STEP) for piece in found]
        ends = [*starts[1:], heard.shape[1]]
        each = [
            float(heard[at, start : max(end, start + 1)].mean())
            for at, (piece, start, end) in enumerate(zip(found, starts, ends, strict=True))
            if SOUNDS[piece.sound] != SILENT and start < heard.shape[1]
        ]
        return sum(each) / max(len(each), 1)


@dataclass(frozen=True)
class SoundPosteriors:
    """fit: float32 [k, n], log. begun: float32 [n], log: that a sound begins with a column."""

    fit: NDArray[np.float32]
    begun: NDArray[np.float32]


def _groups() -> NDArray[np.float32]:
    """[sounds, sounds]: 1 for those that look alike; one that training never heard has them."""
    names = [articulations(sound)[0].viseme for sound in SOUNDS]
    return np.array([[a == b for b in names] for a in names], np.float32)


_GROUPS: Final = _groups()
