"""Whether somebody speaks: Silero's voice activity network.

In: mono float32 at 16 kHz, in any pieces. Out: a probability for every 32 ms. Runs in ingest's
process on the calling thread (about 0.1 ms a window); owns one onnxruntime session (a few MB),
shared by all sessions. Source: Silero VAD 6.2.3, https://github.com/snakers4/silero-vad (MIT).
"""

from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from data.hearing.silero import MODEL
from data.units import FEATURE_RATE

WINDOW: Final = 512
"""Samples that one probability is of: 32 ms."""
CONTEXT: Final = 64
"""Samples before a window that the network sees too."""
_STATE: Final = 128
_VOICE: Final = 0.25
"""From here on the network has heard some voice, or still remembers it."""
_QUIETER: Final = 10 ** (-26 / 20)
_FADE: Final = 0.97
"""Of the loudness that a window is compared with, each window: 8 dB a second."""
_SILENT: Final = 10 ** (-66 / 20)
_FORGOTTEN: Final = 10
"""Windows without voice after which nobody's loudness is known: 0.3 s."""
_SILENCE: Final = 3
"""onnxruntime's level for errors; the graph warns of initialisers that it does not use."""


class Vad:
    """The network, loaded once (about 50 ms). `run` may be called from several threads."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = _SILENCE
        self._session = onnxruntime.InferenceSession(
            str(MODEL), options, providers=["CPUExecutionProvider"]
        )
        self._rate = np.array(FEATURE_RATE, np.int64)

    def run(
        self, windows: NDArray[np.float32], state: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Probabilities [b] of windows [b, 576] (context first), and the next state [2, b, 128].

        The windows may be of different calls, each with its own part of the state. A batch is
        hardly cheaper than one window at a time: the network is that small.
        """
        probability, after = self._session.run(
            None, {"input": windows, "state": state, "sr": self._rate}
        )
        return probability[:, 0], after


class VadStream:
    """One session's sound, window by window.

    The network goes on hearing a voice for two or three windows after its end. A window that is 26
    dB quieter than the voice so far is none, whatever it says, so that an end is known at once. Of
    a silence that lasts (below -66 dB of full scale) it is not asked."""

    def __init__(self, vad: Vad) -> None:
        self._vad = vad
        self._seen = np.zeros((1, CONTEXT + WINDOW), np.float32)
        """The context, then the window as far as it is full."""
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next sample is the first one."""
        self._seen[:] = 0
        self._filled = 0
        self._state = np.zeros((2, 1, _STATE), np.float32)
        self._loudness = 0.0
        self._without = 0

    def push(self, sound: NDArray[np.float32]) -> list[float]:
        """Probabilities of the windows that `sound` [n] completes; full scale is 1.0.

        The k-th window since `reset` is the samples from k x 512 on. A sample that is not a number
        counts as silence; it would stay in the state for ever.
        """
        if not np.isfinite(sound).all():
            sound = np.nan_to_num(sound, nan=0.0, posinf=0.0, neginf=0.0)
        found: list[float] = []
        at = 0
        while at < len(sound):
            taken = min(WINDOW - self._filled, len(sound) - at)
            begin = CONTEXT + self._filled
            self._seen[0, begin : begin + taken] = sound[at : at + taken]
            self._filled += taken
            at += taken
            if self._filled == WINDOW:
                found.append(self._window())
        return found

    def _window(self) -> float:
        window = self._seen[0, CONTEXT:]
        loudness = float(np.sqrt(np.mean(window * window)))
        if loudness < _SILENT and self._without >= _FORGOTTEN:
            self._state = np.zeros_like(self._state)
            voice = 0.0
        else:
            probability, self._state = self._vad.run(self._seen, self._state)
            voice = self._loud_enough(float(probability[0]), loudness)
        self._seen[0, :CONTEXT] = self._seen[0, WINDOW:]
        self._filled = 0
        return voice

    def _loud_enough(self, probability: float, loudness: float) -> float:
        """`probability`, or 0 for a window that is far quieter than the voice before it."""
        if probability < _VOICE:
            self._without += 1
            if self._without >= _FORGOTTEN:
                self._loudness = 0.0
            return probability
        self._without = 0
        self._loudness = max(self._loudness * _FADE, loudness)
        return probability if loudness >= self._loudness * _QUIETER else 0.0
