"""HuBERT: one row for every 20 ms, as Ultralight-Digital-Human wants them.

In: sound windows; out: the last hidden state, one row for each chunk but the last, because
a row sees 400 samples at steps of 320. A window is normalised to zero mean and unit variance
where the checkpoint's preprocessor says so. Runs in features; float32 on CUDA, as Ultralight
runs it, on the CPU what `Compute.best` says. Owns the network and its memory once loaded.

The weights are facebook/hubert-large-ls960-ft's (Hsu et al. 2021), in a folder as published:
config.json, preprocessor_config.json, model.safetensors or pytorch_model.bin.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from data.units import FEATURE_RATE
from models.face.encoders.checkpoint import EncoderError, number, read_config
from models.face.encoders.shared_network import SharedNetwork
from models.face.encoders.stream import EncodedStream, Reach
from models.face.encoders.window import Span

if TYPE_CHECKING:
    from transformers import HubertModel, Wav2Vec2FeatureExtractor

    from models.face.encoders.compute import Compute

AROUND: Final = Reach(before=8, after=8)
"""Four ticks before the tick's first row and four from it on, as Ultralight's networks learned."""


class HubertEncoder:
    """See `Encoder`. One for all streams of a process; loads with the first
    stream, or the first `rows()`.

    compute: where and in what numbers it runs; None for the best here. EncoderError when the
    folder holds no HuBERT checkpoint.
    """

    tail = 1
    pads = False

    def __init__(self, folder: Path, compute: "Compute | None" = None) -> None:
        self.width = number(read_config(folder, "hubert"), "hidden_size", folder)
        self._folder = folder
        self._held: SharedNetwork[tuple[HubertModel, Wav2Vec2FeatureExtractor]] = SharedNetwork(
            self._read, compute, "float32"
        )

    @property
    def loaded(self) -> bool:
        """True once the network is in memory."""
        return self._held.is_read

    def stream(self, shape: tuple[int, ...], span: Span | None = None) -> EncodedStream:
        """A session's stream of `AROUND`'s rows as `shape` (Ultralight: 16, 32, 32).

        span: None for the one with the least delay. The first loads the network and runs it
        once. ValueError when the shape holds not as many numbers.
        """
        wanted = AROUND.rows * self.width
        if int(np.prod(shape)) != wanted:
            raise ValueError(f"{AROUND.rows} rows of {self.width} are {wanted} numbers: {shape}")
        span = span or AROUND.smallest(self.tail)
        if not self.loaded:
            self.rows(np.zeros((1, span.samples), np.float32))
        return EncodedStream(self, span, AROUND, shape)

    def rows(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 [B, chunks * 320] at 16 kHz to float32 [B, chunks - 1, width]."""
        import torch  # noqa: PLC0415 - only who loads the network needs it

        network, extractor = self._held.parts()
        self._held.compute.take_threads()
        values = extractor(
            list(sound), sampling_rate=FEATURE_RATE, return_tensors="pt"
        ).input_values.to(network.device, network.dtype)
        with torch.inference_mode():
            array: NDArray[np.float32] = network(values).last_hidden_state.float().cpu().numpy()
        return array

    @property
    def windows(self) -> int:
        """See `Encoder`."""
        return self._held.compute.windows

    @property
    def ticks(self) -> int:
        """See `Encoder`."""
        return self._held.compute.ticks

    def _read(self, compute: "Compute") -> "tuple[HubertModel, Wav2Vec2FeatureExtractor]":
        from transformers import HubertModel, Wav2Vec2FeatureExtractor  # noqa: PLC0415 - as above
        from transformers.utils import logging  # noqa: PLC0415 - as above

        from models.face.encoders.compute import pack, placed  # noqa: PLC0415 - as above

        logging.disable_progress_bar()  # type: ignore[no-untyped-call] # theirs
        try:
            network = HubertModel.from_pretrained(self._folder, local_files_only=True)
            extractor = Wav2Vec2FeatureExtractor.from_pretrained(
                self._folder, local_files_only=True
            )
        except OSError as error:
            raise EncoderError(f"{self._folder}: no whole HuBERT checkpoint: {error}") from error
        network.requires_grad_(False)
        _fix_positions(network)
        placed(network, compute)
        pack(network)
        return network, extractor


def _fix_positions(network: "HubertModel") -> None:
    """Work the weights of the positions' convolution out once, from their norms and directions;
    they are made anew in every window otherwise."""
    from torch.nn.utils.parametrize import (  # noqa: PLC0415 - as above
        is_parametrized,
        remove_parametrizations,
    )

    convolution = network.encoder.pos_conv_embed.conv
    if is_parametrized(convolution, "weight"):
        remove_parametrizations(convolution, "weight")
