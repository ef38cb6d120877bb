"""The system prompt of the settings, with the files that it names.

In: the setting `llm.system`: text in which a line `@PATH` stands for what is in that file. Out: the
prompt. Runs in ingest, in a thread, once; owns nothing.
"""

import re
from pathlib import Path
from typing import Final

_NAMED: Final = re.compile(r"^@(\S.*?)[ \t]*$", re.MULTILINE)
_MOST_BYTES: Final = 1_000_000


def system_prompt(text: str) -> str:
    """`text` with its files (UTF-8; a path that is not absolute begins where the server was
    started). What a file says is not looked at again. Raise ValueError for one that cannot be
    read."""
    return _NAMED.sub(lambda named: _read(Path(named[1]).expanduser()), text)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"llm.system names {path}, which has over {_MOST_BYTES} bytes")
        return path.read_text("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"llm.system names {path}, which cannot be read ({error})") from error
