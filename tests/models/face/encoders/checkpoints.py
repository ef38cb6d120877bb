"""Small checkpoints of random numbers in the layout in which the real ones are published."""

from pathlib import Path

import torch
from transformers import (
    HubertConfig,
    HubertModel,
    Wav2Vec2FeatureExtractor,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperModel,
)


def save_whisper(folder: Path, width: int = 16, layers: int = 4, seconds: int = 1) -> None:
    """A Whisper of `layers` encoder layers that always sees so many seconds."""
    torch.manual_seed(1)
    config = WhisperConfig(
        d_model=width,
        encoder_layers=layers,
        encoder_attention_heads=2,
        encoder_ffn_dim=2 * width,
        decoder_layers=1,
        decoder_attention_heads=2,
        decoder_ffn_dim=width,
        vocab_size=8,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
        max_source_positions=50 * seconds,
        max_target_positions=8,
        init_std=0.3,
    )
    WhisperModel(config).save_pretrained(folder)
    extractor = WhisperFeatureExtractor(chunk_length=seconds)  # type: ignore[no-untyped-call] # theirs
    extractor.save_pretrained(folder)


def save_hubert(folder: Path, width: int = 32) -> None:
    """A HuBERT as the large ones are: layer norms, normalised sound, stable layers."""
    torch.manual_seed(2)
    config = HubertConfig(
        hidden_size=width,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * width,
        conv_dim=(8,) * 7,
        feat_extract_norm="layer",
        conv_bias=True,
        do_stable_layer_norm=True,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        initializer_range=0.3,
        vocab_size=8,
    )
    HubertModel(config).save_pretrained(folder)
    extractor = Wav2Vec2FeatureExtractor(do_normalize=True)  # type: ignore[no-untyped-call] # theirs
    extractor.save_pretrained(folder)
