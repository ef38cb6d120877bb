"""Where Silero's voice activity network lies. Pure constant; owns nothing."""

from pathlib import Path
from typing import Final

MODEL: Final = Path(__file__).with_name("silero_vad.onnx")
