"""What thinks and hears costs nothing before it is asked."""

import subprocess
import sys


def test_clients_and_networks_are_imported_when_they_are_opened() -> None:
    program = (
        "import sys, models.chat.endpoint, models.chat.sentences, models.chat.history\n"
        "import models.hearing.engines, models.hearing.endpoint, models.hearing.words\n"
        "print(*{'openai', 'httpx', 'faster_whisper', 'ctranslate2', 'torch'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
