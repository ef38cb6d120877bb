"""An Ultralight network's weights from a file, under the names of either training script.

In: a weights file; out: a network that holds it. Runs where the network is loaded; needs
torch. Owns nothing.

In May 2026 Ultralight-Digital-Human took two wrappers out of its unet.py, and with them a
`0.` out of the names of the way down. The numbers are the same.
"""

import re
from pathlib import Path
from typing import Final

from models.face.ultralight.network import Ultralight
from models.face.weights import WeightsError, compare, own, read_weights

_UNWRAPPED: Final = re.compile(r"\b(inconv|maxpool_conv)\.(?!0\.)")


def first_name(key: str) -> str:
    """A key as it was first published, which is how `Ultralight` calls it."""
    return _UNWRAPPED.sub(r"\1.0.", key)


def load_ultralight(network: Ultralight, path: Path) -> None:
    """Put the weights of `path` into `network`, which is on the meta device.

    WeightsError as in `read_weights`, or with every key and shape that is wrong.
    """
    state = {first_name(key): tensor for key, tensor in read_weights(path).items()}
    if problems := compare(network.state_dict(), state):
        raise WeightsError(f"{path}: not weights of Ultralight: " + "; ".join(problems))
    network.load_state_dict(own(state), strict=True, assign=True)
