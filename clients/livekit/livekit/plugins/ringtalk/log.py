"""The logger of this package."""

import logging
from typing import Final

logger: Final = logging.getLogger("livekit.plugins.ringtalk")
