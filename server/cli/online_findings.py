"""The voices, the transcriber and the language model of the settings, asked whether they are there.

In: the settings. Out: a `Finding` for each service with a URL, for `ringtalk doctor --online`. One
request each, which costs nothing: the list of models of those that speak OpenAI's API, else the
address itself. Nothing is spoken or transcribed. Runs in the command's own process, for a few
seconds; frees all it opens.
"""

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import httpx

from data.services import TtsKind
from runtime.settings import Settings
from server.cli.finding import Finding

_SECONDS: Final = 5.0
_OPENAI: Final[frozenset[str]] = frozenset({"openai"})
_REFUSED: Final = (401, 403)
_AS_HTTP: Final = {"ws": "http", "wss": "https"}
_LOCAL_KINDS: Final[frozenset[TtsKind]] = frozenset({"kokoro", "piper"})


def online_findings(settings: Settings) -> list[Finding]:
    """Each service in the order of the settings."""
    return asyncio.run(_asked(settings))


async def _asked(settings: Settings) -> list[Finding]:
    async with httpx.AsyncClient(timeout=_SECONDS) as client:
        asking = [
            _voice(client, service.name, service.kind, service.url, service.key)
            for service in settings.tts
            if service.kind not in _LOCAL_KINDS
        ]
        if settings.asr.url:
            kind, url, key = settings.asr.kind, settings.asr.url, settings.asr.key
            asking.append(_service(client, f"asr {kind}", kind, url, key))
        if settings.llm.url:
            asking.append(_model(client, settings.llm.url, settings.llm.key, settings.llm.model))
        return list(await asyncio.gather(*asking))


async def _voice(client: httpx.AsyncClient, called: str, kind: str, url: str, key: str) -> Finding:
    name = f"tts {called}"
    if not url:
        return Finding(name, "optional", f"{kind} has its address itself, and is not asked")
    return await _service(client, name, kind, url, key)


async def _model(client: httpx.AsyncClient, url: str, key: str, model: str) -> Finding:
    """The language model; its name has to be among those that the endpoint lists."""
    answer = await _get(client, f"{url.rstrip('/')}/models", key)
    if isinstance(answer, Finding):
        return answer._replace(name="llm")
    if answer.status_code in _REFUSED:
        return _key_refused("llm", url, "llm.key")
    if not answer.is_success:
        return Finding("llm", "ok", f"{url} answers (it lists no models: {answer.status_code})")
    listed = _names(answer)
    if listed and model and model not in listed:
        known = ", ".join(sorted(listed)[:5])
        return Finding("llm", "warning", f"{url} knows no model {model!r}", f"it has {known}")
    return Finding("llm", "ok", f"{url} answers{f', {model}' if model else ''}")


async def _service(client: httpx.AsyncClient, name: str, kind: str, url: str, key: str) -> Finding:
    asked = f"{url.rstrip('/')}/models" if kind in _OPENAI else url
    answer = await _get(client, asked, key)
    if isinstance(answer, Finding):
        return answer._replace(name=name)
    if answer.status_code in _REFUSED:
        return _key_refused(name, url, f"{name.split(maxsplit=1)[0]}.key")
    return Finding(name, "ok", f"{url} answers")


async def _get(client: httpx.AsyncClient, url: str, key: str) -> httpx.Response | Finding:
    """What it answers, or why nothing does. A WebSocket's address is asked as HTTP."""
    scheme, rest = url.split("://", 1) if "://" in url else ("", url)
    asked = f"{_AS_HTTP.get(scheme, scheme)}://{rest}"
    headers: Mapping[str, str] = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        return await client.get(asked, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = str(error) or type(error).__name__
        host = urlsplit(url).netloc or url
        advice = f"start it, or check its url and the way to {host}"
        return Finding("", "warning", f"{url} does not answer ({why})", advice)


def _names(answer: httpx.Response) -> set[str]:
    """Of the models that an OpenAI-compatible endpoint lists."""
    try:
        told = answer.json()
        return {str(one["id"]) for one in told["data"]}
    except (ValueError, KeyError, TypeError):
        return set()


def _key_refused(name: str, url: str, setting: str) -> Finding:
    return Finding(name, "warning", f"{url} refuses the key", f"check {setting}")
