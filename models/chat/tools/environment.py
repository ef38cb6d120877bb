"""`${NAME}` in a setting: the variable NAME of the environment.

In: a text of the settings. Out: the same with its variables filled in. Runs in ingest, whose
environment is the server's; owns nothing.
"""

import os
import re
from collections.abc import Mapping
from typing import Final

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def filled(text: str, where: str, environment: Mapping[str, str] = os.environ) -> str:
    """`text` with its variables; `where` names it. Raise ValueError for one that is not set."""

    def value(found: re.Match[str]) -> str:
        try:
            return environment[found[1]]
        except KeyError:
            raise ValueError(
                f"{where} needs the environment variable {found[1]}, which is not set"
            ) from None

    return _VARIABLE.sub(value, text)


def filled_all(texts: Mapping[str, str], where: str) -> dict[str, str]:
    """The same of a table's values."""
    return {name: filled(text, f"{where}.{name}") for name, text in texts.items()}
