"""The settings as they may be shown: without secrets.

In: a `Settings`. Out: plain JSON values. What the types mark as `Secret` is hidden wherever it
stands, and so is what a URL carries of that kind: its user and password, and the values of its
query (RFC 3986, 3.2.1 and 3.4). A path from the root is hidden whole: no answer names a folder of
this machine. Pure; owns nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final, get_type_hints

from pydantic import BaseModel

from data.secret import SecretMark

HIDDEN: Final = "***"
FOLDER: Final = "…"
_ABSOLUTE: Final = re.compile(r"@?(?:[/\\~]|[A-Za-z]:[/\\])")
_USER: Final = re.compile(r"(?<=://)[^/?#\s]*@")
_QUERY: Final = re.compile(r"(?<=[?&;])([^=&;#\s]+)=[^&;#\s]+")


def shown(value: object) -> Any:
    """`value`, a settings object or anything in one, as JSON without secrets."""
    if isinstance(value, BaseModel) or (is_dataclass(value) and not isinstance(value, type)):
        hints = get_type_hints(type(value), include_extras=True)
        return {name: _field(getattr(value, name), _marks(hints[name])) for name in _names(value)}
    if isinstance(value, Path):
        return FOLDER
    if isinstance(value, str):
        return FOLDER if _ABSOLUTE.match(value) else without_secrets(value)
    if isinstance(value, Mapping):
        return {str(key): shown(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [shown(inner) for inner in value]
    return value


def without_secrets(text: str) -> str:
    """`text` with the user, password and query values of any URL in it hidden."""
    if "://" not in text:
        return text
    return _QUERY.sub(rf"\1={HIDDEN}", _USER.sub(f"{HIDDEN}@", text))


def secret_names(kind: type) -> set[str]:
    """The fields of a settings class that are marked as secret."""
    hints = get_type_hints(kind, include_extras=True)
    return {name for name, hint in hints.items() if _is_secret(_marks(hint))}


def _names(value: object) -> Sequence[str]:
    if isinstance(value, BaseModel):
        return list(type(value).model_fields)
    assert is_dataclass(value)
    return [field.name for field in fields(value)]


def _field(value: object, marks: Sequence[object]) -> Any:
    if _is_secret(marks):
        return HIDDEN if value else ""
    return shown(value)


def _is_secret(marks: Sequence[object]) -> bool:
    return any(isinstance(mark, SecretMark) for mark in marks)


def _marks(hint: Any) -> Sequence[object]:
    """What is beside the type, also of one that may be None."""
    inside = [mark for part in getattr(hint, "__args__", ()) for mark in _marks(part)]
    return [*getattr(hint, "__metadata__", ()), *inside]
