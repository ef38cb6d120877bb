"""One thing, one name: no two classes of what runs share one, and old metaphors stay away."""

import ast
import re
from collections import defaultdict
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
ROOMS: Final = ("actors", "server", "runtime", "ringbuf", "models", "data")
SHARED: Final[dict[str, str]] = {}
"""Names that two classes may share, each with the reason. None so far: give the new one a name of
its own before you think of adding one here."""
GONE: Final = re.compile(
    r"newsroom|wardrobe|pourer|switchboard|front_desk|mood\b|\bhouse\b|outbox|\bstaff\b",
    re.IGNORECASE,
)
"""Words that once named parts of ringtalk and told a stranger nothing."""
NAMESAKES: Final = {
    "models/face/brows.py": "House is a person's name: Granstrom and House 2005",
}
"""Files in which such a word means something else."""
TEXTS: Final = {".py", ".js", ".css", ".html", ".md", ".c", ".pyi", ".toml"}


def classes() -> dict[str, list[str]]:
    """Every class of the rooms by name, with the files that define it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef):
                    found[node.name].append(str(path.relative_to(ROOT)))
    return found


def test_no_two_classes_share_a_name() -> None:
    doubles = {name: files for name, files in classes().items() if len(files) > 1}
    assert {name: doubles[name] for name in doubles if name not in SHARED} == {}
    assert set(SHARED) <= set(doubles), "a reason for a name that is no longer shared"


@pytest.mark.parametrize("room", ROOMS)
def test_old_metaphors_are_gone(room: str) -> None:
    told = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted((ROOT / room).rglob("*"))
        if path.suffix in TEXTS and str(path.relative_to(ROOT)) not in NAMESAKES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if GONE.search(line)
    ]
    assert told == []
