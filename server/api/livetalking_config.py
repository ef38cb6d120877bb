"""The settings by LiveTalking's names, beside their own.

In: the settings. Out: what GET /api/admin/config shows. LiveTalking's options and their types are
those of its config.py at commit a5a77f4; where ringtalk has no such option the value is the one
that it works as if it had. Pure; owns nothing.
"""

from typing import Any

from data.services import TtsService
from data.units import TICK_MS
from runtime.settings import Settings
from runtime.shown_settings import shown
from server.sessions.machine_paths import MachinePaths


def config_of(settings: Settings, paths: MachinePaths) -> dict[str, Any]:
    """JSON values, without secrets and folders of this machine."""
    told = {**shown(_livetalking(settings)), "ringtalk": shown(settings)}
    return {name: _hidden(value, paths) for name, value in told.items()}


def _livetalking(settings: Settings) -> dict[str, Any]:
    service = _spoken_by(settings)
    stun = next((url for server in settings.ice_servers for url in server.urls), "")
    return {
        "fps": 1000 // TICK_MS,
        "l": 0,
        "m": 0,
        "r": 0,
        "model": "",
        "avatar_id": settings.avatar,
        "batch_size": 1,
        "modelres": 0,
        "modelfile": "",
        "customvideo_config": "",
        "tts": service.kind if service else settings.voice,
        "REF_FILE": (service.reference or service.voice) if service else settings.voice,
        "REF_TEXT": (service.reference_text or None) if service else None,
        "TTS_SERVER": service.url if service else "",
        "transport": "webrtc",
        "stun": stun,
        "push_url": "",
        "max_session": settings.max_calls,
        "listenport": settings.port,
        "audio_output_device": None,
        "customopt": [],
    }


def _spoken_by(settings: Settings) -> TtsService | None:
    """The service that speaks where a text names none."""
    name = settings.voice.partition(":")[0]
    return next((service for service in settings.tts if service.name == name), None)


def _hidden(value: Any, paths: MachinePaths) -> Any:
    if isinstance(value, str):
        return paths.hidden(value)
    if isinstance(value, dict):
        return {key: _hidden(inner, paths) for key, inner in value.items()}
    if isinstance(value, list):
        return [_hidden(inner, paths) for inner in value]
    return value
