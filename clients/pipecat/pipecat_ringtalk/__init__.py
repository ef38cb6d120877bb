"""A face for Pipecat agents: `RingtalkVideoService`, between the voice and the output."""

from pipecat_ringtalk.frames import HoldSpeechFrame, ResumeSpeechFrame
from pipecat_ringtalk.service import RingtalkVideoService
from pipecat_ringtalk.settings import RingtalkVideoSettings

__all__ = [
    "HoldSpeechFrame",
    "ResumeSpeechFrame",
    "RingtalkVideoService",
    "RingtalkVideoSettings",
]
