"""No secret is shown, wherever it stands."""

import json
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from data.services import AsrService, LlmService, TtsService
from runtime.api_keys import ApiKey
from runtime.settings import IceServer, Settings
from runtime.shown_settings import shown, without_secrets

SECRET = "s3cr3t"


def test_every_secret_is_hidden_and_the_rest_is_there() -> None:
    settings = Settings(
        tts=[
            TtsService(
                "a",
                "tencent",
                url=f"https://u:{SECRET}@a.example/x?k={SECRET}&b={SECRET}#f",
                key=SECRET,
                account=SECRET,
                key_id=SECRET,
                voice="anna",
                reference=f"/home/{SECRET}/a.wav",
            )
        ],
        llm=LlmService(url=f"http://{SECRET}@h/v1", key=SECRET, model="m"),
        asr=AsrService(key=SECRET),
        ice_servers=[
            IceServer(urls=["turn:t.example"], username=SECRET, credential=SECRET),
            IceServer(urls=[f"turn:t.example?transport={SECRET}"]),
        ],
    )
    told = shown(settings)
    text = json.dumps({**told, "ice_servers": told["ice_servers"][:1]})
    assert SECRET not in text
    assert told["tts"][0]["voice"] == "anna"
    assert told["tts"][0]["url"] == "https://***@a.example/x?k=***&b=***#f"
    assert (told["llm"]["url"], told["llm"]["model"]) == ("http://***@h/v1", "m")
    assert told["ice_servers"][0]["credential"] == "***"
    assert told["cache_dir"] == "…"
    assert (told["port"], told["asr"]["kind"]) == (8010, "auto")


def test_nothing_is_hidden_where_there_is_nothing() -> None:
    assert shown(LlmService())["key"] == ""


@pytest.mark.parametrize("kind", [LlmService, AsrService, TtsService, IceServer, ApiKey, Settings])
def test_what_is_kept_out_of_a_repr_is_marked_as_a_secret(kind: Any) -> None:
    """Whoever adds a key hides it in one way and forgets the other: here it is found."""
    marked = {
        name
        for name, hint in get_type_hints(kind, include_extras=True).items()
        if "SecretMark" in str(hint)
    }
    named = {
        name
        for name in get_type_hints(kind)
        if any(word in name for word in ("key", "password", "credential", "token", "secret"))
    }
    assert named - {"tls_key", "api_keys"} <= marked
    settings = Settings(tls_key=Path("/etc/key.pem"), api_keys=[ApiKey(name="a", key="k" * 16)])
    told = shown(settings)
    assert (told["tls_key"], told["api_keys"][0]["key"]) == ("…", "***")
    assert "k" * 16 not in repr(settings)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("rtmp://h/live?key=abc", "rtmp://h/live?key=***"),
        ("see https://a:b@h/x?t=1;u=2", "see https://***@h/x?t=***;u=***"),
        ("https://h/a@b", "https://h/a@b"),
        ("what? a=b", "what? a=b"),
    ],
)
def test_urls(url: str, told: str) -> None:
    assert without_secrets(url) == told
