"""Libraries that report to their makers are told not to.

In: nothing. Out: the switches in this process's environment, which its children inherit. A library
reads its switch while it is imported, so every package of ours that imports one (`data`, `models`,
`perf`) does this in its `__init__`: the one import of ours that does something. Owns nothing.
"""

import os
from collections.abc import Mapping
from typing import Final

SWITCHES: Final[Mapping[str, str]] = {
    # onnxruntime's Privacy.md: its wheels send events, and keep a device id under ~/.cache
    "ORT_DISABLE_TELEMETRY": "1",
    # huggingface_hub.constants: also what transformers and diffusers send through it
    "HF_HUB_DISABLE_TELEMETRY": "1",
    # donottrack.sh: whoever honours it
    "DO_NOT_TRACK": "1",
}


def switch_off() -> None:
    """Set every switch, also where the environment says otherwise."""
    os.environ.update(SWITCHES)
