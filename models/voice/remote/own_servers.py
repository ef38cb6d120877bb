"""What is asked of the servers that people run themselves.

Pure functions from a `SpeechRequest` to a `ServiceRequest`; own nothing. A field of the style
that a function does not name is one that its protocol lacks: it is left out in silence.
"""

from typing import Final

import msgspec

from data.services import TtsService
from models.service_error import ServiceError
from models.voice.errors import UnfitVoice
from models.voice.remote.service_request import ServiceRequest, bearer, posted
from models.voice.remote.speech_request import SpeechRequest

_AUTO: Final = "auto"
_OLD_COSYVOICE: Final = "300m"
"""In the names of CosyVoice 1's models, which speak at 22.05 kHz; later ones at 24 kHz."""


def gpt_sovits(order: SpeechRequest) -> ServiceRequest:
    """`/tts` of api_v2.py (github.com/RVC-Boss/GPT-SoVITS), streamed as WAV at the model's rate.

    It sends a part for each punctuation mark ("cut5", as it does by default). The reference is a
    path on the server's machine, and needed. Speed is `speed_factor`. It has no named voices and
    no emotions: the reference is both.
    """
    if not order.reference:
        raise UnfitVoice(f"{order.service.name}: GPT-SoVITS needs a reference, a path on its side")
    return posted(
        "/tts",
        {
            "text": order.text,
            "text_lang": _sovits_language(order.language),
            "ref_audio_path": order.remote_path,
            "prompt_text": order.reference_text,
            "prompt_lang": _sovits_language(order.service.language),
            "speed_factor": order.speed,
            "text_split_method": "cut5",
            "media_type": "wav",
            "streaming_mode": True,
        },
        bearer(order.service.key),
    )


def _sovits_language(language: str) -> str:
    """en, zh, ja, ko, yue; "auto" tells the sentence's languages by itself."""
    return language.partition("-")[0].lower() or _AUTO


def cosyvoice(order: SpeechRequest) -> ServiceRequest:
    """runtime/python/fastapi/server.py (github.com/FunAudioLLM/CosyVoice): raw int16, no header.

    A voice alone: `/inference_sft`, with an emotion `/inference_instruct`. A reference is
    uploaded: `/inference_zero_shot` with its text, `/inference_cross_lingual` without, with an
    emotion `/inference_instruct2`. It has no speed and no language.
    """
    form = {"tts_text": order.text}
    if order.emotion:
        form["instruct_text"] = order.emotion
    if not order.sample:
        path = "/inference_instruct" if order.emotion else "/inference_sft"
        return ServiceRequest(path, bearer(order.service.key), form={**form, "spk_id": order.voice})
    files = {"prompt_wav": ("prompt.wav", order.sample, "application/octet-stream")}
    if order.emotion:
        path = "/inference_instruct2"
    elif order.reference_text:
        path, form["prompt_text"] = "/inference_zero_shot", order.reference_text
    else:
        path = "/inference_cross_lingual"
    return ServiceRequest(path, bearer(order.service.key), form=form, files=files)


def cosyvoice_rate(service: TtsService) -> int:
    """Hz of the raw answer, which does not tell it: 24 kHz since CosyVoice 2."""
    return 22_050 if _OLD_COSYVOICE in service.model.lower() else 24_000


def fish(order: SpeechRequest) -> ServiceRequest:
    """`/v1/tts` of tools/server (github.com/fishaudio/fish-speech) and of api.fish.audio.

    MessagePack, because only that carries a reference's sound to both; streamed as WAV. The
    voice is a `reference_id`; an emotion stands before the text in round brackets, as
    docs.fish.audio says; speed is `prosody` (the server of one's own ignores it). The model goes
    in a header. It has no language: it hears it from the text.
    """
    body: dict[str, object] = {
        "text": f"({order.emotion}) {order.text}" if order.emotion else order.text,
        "format": "wav",
        "streaming": True,
        "latency": "balanced",
        "prosody": {"speed": order.speed},
    }
    if order.sample:
        body["references"] = [{"audio": order.sample, "text": order.reference_text}]
    elif order.voice:
        body["reference_id"] = order.voice
    headers = {"Content-Type": "application/msgpack", **bearer(order.service.key)}
    if order.service.model:
        headers["model"] = order.service.model
    return ServiceRequest("/v1/tts", headers, msgspec.msgpack.encode(body))


def xtts_speaker(order: SpeechRequest) -> ServiceRequest | None:
    """What XTTS is asked first: the reference's latents, from `/clone_speaker`.

    None without a reference: then the voice is one of `/studio_speakers`.
    """
    if not order.sample:
        return None
    files = {"wav_file": ("reference.wav", order.sample, "audio/wav")}
    return ServiceRequest("/clone_speaker", bearer(order.service.key), files=files)


def xtts(order: SpeechRequest) -> ServiceRequest:
    """`/tts_stream` of server/main.py (github.com/coqui-ai/xtts-streaming-server): WAV, 24 kHz.

    The speaker's latents go with every sentence. It has no speed, emotion or reference text.
    """
    speaker = order.speaker or {}
    if not speaker.keys() >= {"speaker_embedding", "gpt_cond_latent"}:
        raise ServiceError(order.service.name, "nonsense", "did not describe the speaker")
    language = order.spoken_language.lower()
    return posted(
        "/tts_stream",
        {
            "text": order.text,
            "language": language.partition("-")[0],
            "speaker_embedding": speaker["speaker_embedding"],
            "gpt_cond_latent": speaker["gpt_cond_latent"],
            "add_wav_header": True,
            "stream_chunk_size": "20",
        },
        bearer(order.service.key),
    )


def indextts(order: SpeechRequest) -> ServiceRequest:
    """api_server.py and api_server_v2.py of github.com/Ksuriuri/index-tts-vllm: a whole WAV.

    A reference, a path on the server's machine, goes to `/tts_url`, with an emotion in words
    (IndexTTS2's control method 3); a voice of its speaker.json to `/tts`. It has no speed, no
    language and no reference text. IndexTTS's own repository publishes no server but a Gradio page.
    """
    headers = bearer(order.service.key)
    if not order.cloned:
        return posted("/tts", {"text": order.text, "character": order.voice}, headers)
    path = order.remote_path
    body: dict[str, object] = {"text": order.text, "audio_paths": [path], "spk_audio_path": path}
    if order.emotion:
        body |= {"emo_control_method": 3, "emo_text": order.emotion}
    return posted("/tts_url", body, headers)
