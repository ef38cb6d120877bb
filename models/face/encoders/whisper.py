"""Whisper's encoder: all its hidden states, one row for every 20 ms, as MuseTalk wants them.

In: sound windows; out: for each chunk the states before the first layer and after each one,
the last one normalised (transformers' `hidden_states`; MuseTalk's AudioProcessor stacks
them so). Like there, a window is padded with silence to the 30 s that Whisper always sees,
and its log-mel is normalised to the loudest value in it. Runs in features; fp16 on CUDA, on the
CPU what `Compute.best` says. Owns the network and its memory once loaded.

The weights are openai/whisper-tiny's (Radford et al. 2022), in a folder as published:
config.json, preprocessor_config.json, model.safetensors or pytorch_model.bin.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from data.units import FEATURE_CHUNK
from models.face.encoders.checkpoint import EncoderError, number, read_config
from models.face.encoders.shared_network import SharedNetwork
from models.face.encoders.stream import EncodedStream, Reach
from models.face.encoders.window import Span

if TYPE_CHECKING:
    from models.face.encoders.compute import Compute
    from models.face.encoders.logmel import LogMel
    from models.face.encoders.states import EncoderStates

CENTRED: Final = Reach(before=4, after=6)
"""Two ticks on both sides: MuseTalk's windows in training and in its own inference, of 1.0
(`get_sliced_feature`, audio_feat_length [2, 2]) as of 1.5 (`get_whisper_chunk`, padding 2 and 2).
LiveTalking once read ten rows from the tick on; now it reads these (audio_feat_win [2, 3])."""


class WhisperEncoder:
    """See `Encoder`. One for all streams of a process; loads with the first
    stream, or the first `rows()`.

    compute: where and in what numbers it runs; None for the best here. EncoderError when the
    folder holds no Whisper checkpoint.
    """

    tail = 0
    pads = True

    def __init__(self, folder: Path, compute: "Compute | None" = None) -> None:
        config = read_config(folder, "whisper")
        self.states = number(config, "encoder_layers", folder) + 1
        self.width = number(config, "d_model", folder)
        self._folder = folder
        self._held: SharedNetwork[tuple[EncoderStates, LogMel]] = SharedNetwork(
            self._read, compute, "float16"
        )

    def shape(self, reach: Reach) -> tuple[int, int]:
        """Of a feature: rows x states tokens, in this order, of `width` numbers."""
        return reach.rows * self.states, self.width

    @property
    def loaded(self) -> bool:
        """True once the network is in memory."""
        return self._held.is_read

    def stream(self, reach: Reach, span: Span | None = None) -> EncodedStream:
        """A session's stream; span: None for the one with the least delay.

        The first one loads the network and runs it once.
        """
        span = span or reach.smallest(self.tail)
        if not self.loaded:
            self.rows(np.zeros((1, span.samples), np.float32))
        return EncodedStream(self, span, reach, self.shape(reach))

    def rows(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 [B, chunks * 320] at 16 kHz to float32 [B, chunks, states, width]."""
        import torch  # noqa: PLC0415 - only who loads the network needs it

        network, log_mel = self._held.parts()
        self._held.compute.take_threads()
        chunks = sound.shape[1] // FEATURE_CHUNK
        if chunks > log_mel.columns // 2:
            raise ValueError(
                f"a window of {chunks} chunks, this Whisper sees {log_mel.columns // 2}"
            )
        with torch.inference_mode():
            rows = network(log_mel(sound), chunks).float().cpu()
        array: NDArray[np.float32] = rows.numpy()
        return array

    @property
    def windows(self) -> int:
        """See `Encoder`."""
        return self._held.compute.windows

    @property
    def ticks(self) -> int:
        """See `Encoder`."""
        return self._held.compute.ticks

    def _read(self, compute: "Compute") -> "tuple[EncoderStates, LogMel]":
        from transformers import WhisperFeatureExtractor, WhisperModel  # noqa: PLC0415 - as above
        from transformers.utils import logging  # noqa: PLC0415 - as above

        from models.face.encoders.compute import pack, placed  # noqa: PLC0415 - as above
        from models.face.encoders.logmel import LogMel  # noqa: PLC0415 - as above
        from models.face.encoders.states import EncoderStates  # noqa: PLC0415 - as above

        logging.disable_progress_bar()  # type: ignore[no-untyped-call] # theirs
        try:
            whole = WhisperModel.from_pretrained(self._folder, local_files_only=True)
            extractor = WhisperFeatureExtractor.from_pretrained(self._folder, local_files_only=True)
        except OSError as error:
            raise EncoderError(f"{self._folder}: no whole Whisper checkpoint: {error}") from error
        network = EncoderStates(whole.get_encoder()).eval().requires_grad_(False)
        placed(network, compute)
        pack(network)
        return network, LogMel(extractor, compute.device)
