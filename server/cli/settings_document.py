"""docs/settings.md, made from the fields of `runtime.settings.Settings`.

Run as `python -m server.cli.settings_document [--check]`. Owns nothing.
"""

import sys
from pathlib import Path
from typing import Final

from data.docfile import write_or_check
from runtime.settings import DEFAULT_FILE, SettingRow, table

PATH: Final = Path(__file__).parents[2] / "docs" / "settings.md"

_HEAD: Final = f"""# Settings

Made by `python -m server.cli.settings_document`; `ringtalk settings` prints the same table with the
values in force.

A setting is given on the command line (`--max-calls 4`), in the environment
(`RINGTALK_MAX_CALLS=4`; `RINGTALK_LLM__URL` for `llm.url`) or in a TOML file (`max_calls = 4`);
the first of these that names it wins, then its default. The file is the one that `--config` or
`RINGTALK_CONFIG` names, else `{DEFAULT_FILE}` in the working directory where there is one. An
unknown name or a value that is not allowed ends the program with status 2 and says
where it was found.

`ringtalk serve --help` lists what the command line takes; the environment and the file take
all of these:

"""

_TAIL: Final = """
A file:

```toml
host = "0.0.0.0"
open = true  # or api_keys: see security.md
max_calls = 4
voice = "auto"
ice_servers = [
  "stun:stun.example.org:3478",
  { urls = ["turn:turn.example.org:3478"], username = "user", credential = "secret" },
]
fallback_voices = ["espeak"]

[llm]
url = "http://localhost:11434/v1"
model = "llama3.2"

[asr]
kind = "faster-whisper"
model = "tiny.en"

[[tts]]
name = "studio"
kind = "openai"
url = "http://localhost:8880/v1"
voice = "af_heart"
```
"""


def render() -> str:
    """The whole document."""
    lines = ["| setting | default | allowed | meaning |", "|---|---|---|---|"]
    lines += [_row(row) for row in table()]
    return _HEAD + "\n".join(lines) + "\n" + _TAIL


def _row(row: SettingRow) -> str:
    allowed = row.allowed.replace("|", "\\|")
    return f"| `{row.name}` | `{row.default}` | {allowed} | {row.meaning} |"


if __name__ == "__main__":
    sys.exit(write_or_check(PATH, render(), sys.argv[1:]))
