"""Whisper's log-mel of a short window in 30 s of silence, without transforming the silence.

In: sound windows; out: what the checkpoint's preprocessor gives for them, on the encoder's
device. Its numbers (filters, lengths) come from the checkpoint's preprocessor. Runs in
features; owns the filters.

As in openai/whisper's audio.py: Hann window of 400, hop 160, reflected at the ends, power,
80 Slaney mel bands, log10 not below 1e-10, at most 8 below the loudest, (x + 4) / 4.
"""

from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from numpy.typing import NDArray

if TYPE_CHECKING:
    from transformers import WhisperFeatureExtractor

_FLOOR: Final = 1e-10
_RANGE: Final = 8.0


class LogMel:
    """The preprocessor of a Whisper checkpoint for sound much shorter than it pads to."""

    def __init__(self, extractor: "WhisperFeatureExtractor", device: torch.device) -> None:
        self._fft = int(extractor.n_fft)
        self._hop = int(extractor.hop_length)
        self._samples = int(extractor.n_samples)
        self._columns = int(extractor.nb_max_frames)
        self._filters = torch.from_numpy(extractor.mel_filters.T).float().to(device)
        self._hann = torch.hann_window(self._fft, device=device)

    @property
    def columns(self) -> int:
        return self._columns

    def __call__(self, sound: NDArray[np.float32]) -> torch.Tensor:
        """float32 [B, n] to float32 [B, bands, columns]; n is not more than it pads to."""
        length = min(self._samples, sound.shape[1] + self._fft)
        heard = torch.from_numpy(sound).to(self._hann.device)
        heard = torch.nn.functional.pad(heard, (0, length - sound.shape[1]))
        spectrum = torch.stft(heard, self._fft, self._hop, window=self._hann, return_complex=True)
        power = self._filters @ (spectrum[..., :-1].abs() ** 2).contiguous()
        silence = (0, self._columns - power.shape[2])
        log = torch.nn.functional.pad(power, silence).clamp(min=_FLOOR).log10()
        loudest = log.amax(dim=(1, 2), keepdim=True)
        return (torch.maximum(log, loudest - _RANGE) + 4) / 4
