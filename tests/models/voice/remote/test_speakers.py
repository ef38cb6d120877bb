"""Which settings make a voice, and what is said of those that do not."""

import subprocess
import sys
from dataclasses import replace

import pytest

from data.services import TtsService
from models.voice.errors import VoiceMissing
from models.voice.remote.speakers import open_speaker
from tests.models.voice.remote.providers import BY_KIND

HEAVY = ("httpx", "websockets", "edge_tts", "aiohttp")


@pytest.mark.parametrize("kind", ["openai", "doubao", "qwen", "fish", "edge", "tencent"])
def test_public_services_need_no_address(kind: str) -> None:
    service = {str(k): p for k, p in BY_KIND.items()}[kind].service("")
    assert open_speaker(service).name == f"my-{kind}"


def test_azure_takes_its_region() -> None:
    service = replace(BY_KIND["azure"].service(""), region="westeurope")
    assert open_speaker(service).name == "my-azure"


WRONG: list[tuple[TtsService, str]] = [
    (TtsService(name="a", kind="azure"), "set region"),
    (TtsService(name="a", kind="azure", region="evil.example/"), "set region"),
    (TtsService(name="a", kind="xtts"), "set url, xtts has no public one"),
    (TtsService(name="a", kind="openai", url="ftp://x"), "url must be http:// or https://"),
    (TtsService(name="a", kind="openai", url="http://"), "url must be http:// or https://"),
    (TtsService(name="a", kind="fish", url="http://x:99999/"), "url must be http:// or https://"),
    (TtsService(name="a", kind="edge", url="http://x"), "url must be ws:// or wss://"),
    (TtsService(name="a", kind="openai", key="a\r\nX: 1"), "key has characters"),
    (TtsService(name="a", kind="piper"), "'piper' is no service elsewhere; those are azure, "),
]


@pytest.mark.parametrize(("service", "message"), WRONG)
def test_settings_that_make_no_voice(service: TtsService, message: str) -> None:
    with pytest.raises(VoiceMissing, match=message):
        open_speaker(service)


def test_clients_are_loaded_by_who_needs_them() -> None:
    code = (
        "import sys, models.voice.remote.speakers; "
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_without_the_extra_it_is_named() -> None:
    code = (
        "import sys; sys.modules['edge_tts.constants'] = None\n"
        "from data.services import TtsService\n"
        "from models.voice.errors import VoiceMissing\n"
        "from models.voice.remote.speakers import open_speaker\n"
        "try:\n    open_speaker(TtsService(name='a', kind='edge'))\n"
        "except VoiceMissing as missing:\n    print(missing)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "edge-tts is not installed: pip install 'ringtalk[edge]'" in done.stdout
