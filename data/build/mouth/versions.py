"""What a build was made with, written beside its results.

In: package names. Out: a JSON file. Owns nothing.
"""

import json
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def write_versions(path: Path, packages: Iterable[str], more: Mapping[str, Json]) -> None:
    """Write Python's and the packages' versions, and `more`."""
    versions: dict[str, Json] = {"python": platform.python_version()}
    versions |= {name: _version(name) for name in packages}
    write_json(path, {"versions": versions, **more})


def write_json(path: Path, value: Json) -> None:
    """Write a value for people to read."""
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
