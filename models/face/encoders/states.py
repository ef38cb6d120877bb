"""Whisper's encoder for sound much shorter than it is padded to: the same numbers, less work.

In: log-mels that end in silence, [B, bands, columns]; out: the first rows of all hidden
states. Runs in features, in the thread that encodes; needs torch. Owns the network.

What changes the numbers and what does not (Radford et al. 2022, section 2.2; MuseTalk and
LiveTalking both pad to 30 s with transformers' preprocessor and keep the first rows): every row
attends to all 1500 positions, so silence is part of the definition and must go through every
layer but the last. Two things are free. The last layer's silent rows are read by nobody: only
its keys and values are needed of them. And in a constant mel both convolutions give one
constant column: they run over the sound and a few columns more.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

import torch
from torch import nn
from torch.nn.functional import gelu, scaled_dot_product_attention

if TYPE_CHECKING:
    from transformers.models.whisper.modeling_whisper import WhisperEncoder, WhisperEncoderLayer

MARGIN: Final = 8
"""Columns of mel after the sound that it touches (2, by the transform that is centred) and that
the two convolutions need to reach their constant (3), rounded up to whole rows."""


class EncoderStates(nn.Module):
    """All hidden states of the first rows."""

    def __init__(self, network: "WhisperEncoder") -> None:
        super().__init__()
        self._network = network

    def forward(self, mel: torch.Tensor, rows: int) -> torch.Tensor:
        """float [B, bands, columns], silent after column 2 * rows + 2, to [B, rows, states,
        width] in the network's type."""
        network = self._network
        row = self._convolved(mel.to(network.conv1.weight.dtype), rows)
        row = row + network.embed_positions.weight
        states = [row[:, :rows]]
        layers = cast("Sequence[WhisperEncoderLayer]", network.layers)
        for number, layer in enumerate(layers, 1):
            wanted = rows if number == len(layers) else row.shape[1]
            row = _through(layer, row, wanted)
            states.append(row[:, :rows])
        states[-1] = network.layer_norm(states[-1])
        return torch.stack(states, dim=2)

    def _convolved(self, mel: torch.Tensor, rows: int) -> torch.Tensor:
        """[B, columns / 2, width]: the convolutions over the sound, then their constant."""
        whole = mel.shape[2] // 2
        heard = min(whole, rows + MARGIN // 2)
        short = mel if heard == whole else mel[..., : 2 * heard + MARGIN]
        row = gelu(self._network.conv2(gelu(self._network.conv1(short)))).transpose(1, 2)
        if heard == whole:
            return row
        last = mel[..., -MARGIN:]
        end = gelu(self._network.conv2(gelu(self._network.conv1(last)))).transpose(1, 2)
        constant = row[:, heard : heard + 1].expand(-1, whole - heard - 1, -1)
        return torch.cat([row[:, :heard], constant, end[:, -1:]], dim=1)


def _through(layer: "WhisperEncoderLayer", row: torch.Tensor, wanted: int) -> torch.Tensor:
    """The first rows after a layer, [B, wanted, width]; all rows are attended to."""
    attention = layer.self_attn
    normal = layer.self_attn_layer_norm(row)
    query, key, value = (
        part.unflatten(-1, (attention.num_heads, -1)).transpose(1, 2)
        for part in (
            attention.q_proj(normal[:, :wanted]),
            attention.k_proj(normal),
            attention.v_proj(normal),
        )
    )
    seen = scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
    row = row[:, :wanted] + attention.out_proj(seen)
    hidden: torch.Tensor = row + layer.fc2(gelu(layer.fc1(layer.final_layer_norm(row))))
    return hidden
