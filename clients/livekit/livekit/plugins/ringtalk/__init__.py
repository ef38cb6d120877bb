"""A face for LiveKit agents, on your own machine: ringtalk.

See README.md. `AvatarSession` is what an agent starts; `RingtalkException` is what goes wrong.
"""

from livekit.agents import Plugin
from livekit.plugins.ringtalk.avatar import AvatarSession
from livekit.plugins.ringtalk.errors import RingtalkException
from livekit.plugins.ringtalk.log import logger
from livekit.plugins.ringtalk.version import __version__

__all__ = ["AvatarSession", "RingtalkException", "__version__"]


class RingtalkPlugin(Plugin):
    """What livekit-agents keeps of each plug-in."""

    def __init__(self) -> None:
        super().__init__(__name__, __version__, __package__ or __name__, logger)


Plugin.register_plugin(RingtalkPlugin())
