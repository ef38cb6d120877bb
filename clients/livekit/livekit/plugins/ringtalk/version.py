"""The version of this package, which livekit-agents shows."""

from typing import Final

__version__: Final = "0.1.0"
