"""A transformers checkpoint: its folder, its config, where it runs.

In: a folder as the hub publishes it (config.json, preprocessor_config.json and the
weights). Runs in features, when an encoder is made or loads. torch is imported only to
choose the device. Owns nothing.
"""

import json
from pathlib import Path

from models.face.engine import EngineError


class EncoderError(EngineError):
    """An encoder's folder is missing, incomplete or of another kind; the message says which."""


def read_config(folder: Path, model_type: str) -> dict[str, object]:
    """`config.json` of a checkpoint of this type; EncoderError otherwise."""
    path = folder / "config.json"
    try:
        config = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise EncoderError(
            f"{path}: missing; this folder wants a {model_type} checkpoint"
        ) from error
    except json.JSONDecodeError as error:
        raise EncoderError(f"{path}: {error}") from error
    if not isinstance(config, dict) or config.get("model_type") != model_type:
        raise EncoderError(f"{path}: not the config of a {model_type} checkpoint")
    return config


def number(config: dict[str, object], key: str, folder: Path) -> int:
    """A whole number above zero of a config; EncoderError otherwise."""
    value = config.get(key)
    if not isinstance(value, int) or value <= 0:
        raise EncoderError(f"{folder / 'config.json'}: {key} is {value!r}, not a number above 0")
    return value


def best_device() -> str:
    """`cuda` where there is one, else `cpu`."""
    import torch  # noqa: PLC0415 - only who loads a network needs it

    return "cuda" if torch.cuda.is_available() else "cpu"
