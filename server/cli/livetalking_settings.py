"""LiveTalking's options as ringtalk's settings.

In: what LiveTalking is started with. Out: settings by name, and in words what has no counterpart or
is otherwise than there. Pure, but for the setting names that this version has; owns nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from data.services import TtsKind
from runtime.settings import Settings
from server.cli.livetalking_options import OPTIONS, LiveTalkingSetup

DASHSCOPE: Final = "https://dashscope.aliyuncs.com/compatible-mode/v1"
_NOTHING: Final = "nothing"
_VOICES: Final[Mapping[str, TtsKind]] = {
    "edgetts": "edge",
    "gpt-sovits": "gpt-sovits",
    "xtts": "xtts",
    "cosyvoice": "cosyvoice",
    "fishtts": "fish",
    "tencent": "tencent",
    "doubao": "doubao",
    "indextts2": "indextts",
    "azuretts": "azure",
    "qwentts": "qwen",
    "omnitts": "openai",
}
"""Its --tts, as kinds of `[[tts]]`."""
_RECORDED: Final = ("gpt-sovits", "xtts", "cosyvoice", "indextts")
"""Kinds whose REF_FILE is a recording; the others' is a voice's name."""
_ELSEWHERE: Final = ("gpt-sovits", "indextts")
"""Kinds whose recording is on the service's own machine."""
_USUAL: Final[Mapping[TtsKind, str]] = {
    "edge": "zh-CN-YunxiaNeural",
    "azure": "zh-CN-XiaoxiaoMultilingualNeural",
    "qwen": "Cherry",
    "tencent": "101001",
    "openai": "vivian",
}
"""What it speaks with where REF_FILE is empty."""
_TRANSPORTS: Final = {"rtcpush": "whip", "rtmp": "rtmp", "virtualcam": "virtualcam"}
_KEYS: Final[Mapping[TtsKind, Mapping[str, str]]] = {
    "tencent": {
        "key": "TENCENT_SECRET_KEY",
        "key_id": "TENCENT_SECRET_ID",
        "account": "TENCENT_APPID",
    },
    "doubao": {"key": "DOUBAO_TOKEN", "account": "DOUBAO_APPID"},
    "azure": {"key": "AZURE_SPEECH_KEY", "region": "AZURE_TTS_REGION"},
    "qwen": {"key": "DASHSCOPE_API_KEY"},
}
"""Which of its .env keys each field of a service is."""


class MigratedSettings(NamedTuple):
    """settings: as a settings file has them. remarks: what else there is to know, a line each."""

    settings: dict[str, Any]
    remarks: list[str]


def settings_of(there: LiveTalkingSetup, avatar: str) -> MigratedSettings:
    """The settings with which ringtalk does as LiveTalking did; avatar: who is shown, "" for the
    built-in one."""
    remarks: list[str] = []
    values = there.values
    settings: dict[str, Any] = {
        "host": "0.0.0.0",
        "open": True,
        "port": values["listenport"],
        "max_calls": max(1, values["max_session"] or 1),
        "livetalking_status": True,
        "admin": "on",
    }
    if avatar:
        settings["avatar"] = avatar
    if values["stun"]:
        settings["ice_servers"] = [values["stun"]]
    for part in (_speaks, _thinks, _goes_to):
        settings |= part(there, remarks.append)
    remarks += _left_out(there)
    return MigratedSettings(settings, remarks)


def _speaks(there: LiveTalkingSetup, remark: Callable[[str], None]) -> dict[str, Any]:
    """The voice: --tts, REF_FILE, REF_TEXT, TTS_SERVER and its keys."""
    named = there.values["tts"]
    kind = _VOICES.get(named)
    if kind is None:
        remark(f"--tts {named}: LiveTalking has none of this name; the built-in voice speaks")
        return {}
    service: dict[str, Any] = {"name": kind, "kind": kind}
    if kind in ("gpt-sovits", "xtts", "cosyvoice", "fish", "indextts", "openai"):
        url = (there.values["TTS_SERVER"] or "http://127.0.0.1:9880").rstrip("/")
        service["url"] = f"{url}/v1" if kind == "openai" else url
    service |= _voice_of(there, kind)
    for field, key in _KEYS.get(kind, {}).items():
        if key in there.keys:
            service[field] = there.keys[key]
        else:
            remark(f"{key}: is not in .env; --tts {named} needs it ({field} of [[tts]])")
    if kind == "indextts":
        remark("--tts indextts2: LiveTalking asks IndexTTS's Gradio page; ringtalk speaks with the "
               "API of index-tts-vllm, so that server has to run at TTS_SERVER")  # fmt: skip
    if kind == "edge":
        remark("--tts edgetts: needs the extra `edge` (pip install 'ringtalk[edge]')")
    return {"voice": kind, "tts": [service]}


def _voice_of(there: LiveTalkingSetup, kind: TtsKind) -> dict[str, Any]:
    """REF_FILE and REF_TEXT; the usual voice is only edge's."""
    given = there.values["REF_FILE"] if "REF_FILE" in there.given or kind == "edge" else ""
    if kind not in _RECORDED:
        voice = given or _USUAL.get(kind, "")
        return {"voice": voice} if voice else {}
    fields: dict[str, Any] = {}
    if given:
        fields["reference"] = given if kind in _ELSEWHERE else str((there.root / given).resolve())
    if there.values["REF_TEXT"]:
        fields["reference_text"] = there.values["REF_TEXT"]
    if kind not in _ELSEWHERE:
        fields["reference_dir"] = str(there.root.resolve())
    return fields


def _thinks(there: LiveTalkingSetup, remark: Callable[[str], None]) -> dict[str, Any]:
    """The language model: LiveTalking's is Qwen over DashScope, whenever it has a key."""
    key = there.keys.get("DASHSCOPE_API_KEY")
    if not key:
        remark("DASHSCOPE_API_KEY: is not in .env, so `type: chat` is refused until [llm] is set")
        return {}
    remark("[llm]: LiveTalking's llm.py may have been changed; its model here is qwen-plus, the "
           "prompt ringtalk's own (llm.system)")  # fmt: skip
    return {"llm": {"url": DASHSCOPE, "key": key, "model": "qwen-plus"}}


def _goes_to(there: LiveTalkingSetup, remark: Callable[[str], None]) -> dict[str, Any]:
    """Where the picture goes."""
    wanted = there.values["transport"]
    if wanted == "webrtc":
        return {}
    transport = _TRANSPORTS.get(wanted)
    if transport is None or "transport" not in Settings.model_fields:
        remark(f"--transport {wanted}: has no counterpart; sessions are WebRTC's")
        return {}
    if wanted == "rtcpush" and there.values["max_session"] > 1:
        remark("--transport rtcpush: LiveTalking pushes one stream for each of max_session; here "
               "session '0' is pushed, and POST /outputs pushes others")  # fmt: skip
    push = {"push_url": there.values["push_url"]} if transport != "virtualcam" else {}
    return {"transport": transport, **push}


def _left_out(there: LiveTalkingSetup) -> list[str]:
    """What was given and is nothing here, and what is otherwise whatever was given."""
    rows = {option.name: option for option in OPTIONS}
    lines = [
        f"{name} = {there.values[name]}: {rows[name].here}"
        for name in rows
        if name in there.given
        and rows[name].here.startswith(_NOTHING)
        and there.values[name] not in (None, "", rows[name].default)
    ]
    lines += [
        f"{name}: is no option of LiveTalking" for name in sorted(there.given - rows.keys())
    ]  # fmt: skip
    return [
        *lines,
        "host, admin: as with LiveTalking, whoever reaches this machine may use it and list its "
        "sessions; put 127.0.0.1 and auto if that is not meant (SECURITY.md)",
        "pages of other origins: LiveTalking answers all; here name them in cors_origins",
    ]
