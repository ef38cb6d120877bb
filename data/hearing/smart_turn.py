"""Where the network lies that hears whether a person has finished. Pure constant; owns nothing."""

from pathlib import Path
from typing import Final

MODEL: Final = Path(__file__).with_name("smart_turn.onnx")
