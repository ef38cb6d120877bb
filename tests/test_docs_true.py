"""What the documents name exists: files, modules, classes, links, the glossary's files.

The rules are simple on purpose. In running text only `code spans` are looked at, and of them only
those whose form says what they are:
- a path has a slash and begins with a top folder (`actors/table.py`, `pytest tests/data`);
- a file of ours ends in .py, .js, .c or .md (`packet_queue.py`), and lies anywhere;
- a class has two humps (`PacketQueue`), or a method or field behind it (`Speech.say`), which is
  looked for too;
- a part in capitals is a placeholder, where whoever reads puts a name (`perf/FOLDER/NAME.py`).
In blocks, which are commands and drawings, modules are looked at (`python -m perf.ring.rivals`),
and in a room's README the files that it draws.
"""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
TOPS: Final = (
    "actors", "data", "deploy", "docs", "examples", "models", "perf", "ringbuf", "runtime",
    "server", "tests",
)  # fmt: skip
ROOMS: Final = (
    "server", "server/cli", "server/api", "server/sessions", "server/page", "actors",
    "actors/egress", "actors/ingest", "models", "models/face", "models/voice", "models/hearing",
    "models/chat", "models/sound", "models/picture", "data", "data/build", "perf", "ringbuf",
    "runtime", "tests", "examples",
)  # fmt: skip
MOST_LINES: Final = 30
DOCUMENTS: Final = sorted(
    {
        *(
            ROOT / name
            for name in (
                "README.md",
                "README.zh.md",
                "CONTRIBUTING.md",
                "CHANGELOG.md",
                "SECURITY.md",
            )
        ),
        *(ROOT / "docs").glob("*.md"),
        *(path for top in TOPS for path in (ROOT / top).rglob("*.md")),
    }
)
FENCED: Final = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
SPAN: Final = re.compile(r"`([^`\n]+)`")
LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
MODULE: Final = re.compile(r"python -m ([\w.]+)")
FILE: Final = re.compile(r"[\w./-]+\.(?:py|pyi|js|c|css|html|md)\b")
OURS: Final = re.compile(r"[\w./-]+\.(?:py|js|c|md)")
HUMPS: Final = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z0-9]+)+")
MEMBER: Final = re.compile(r"([A-Z][a-z]+\w*)\.([a-z_]\w*)")
PLACEHOLDER: Final = re.compile(r"(?:^|[/.-])[A-Z]{2,}(?:$|[/.])")
CAPITALS: Final = {"README.md", "PROTOCOL.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(path: Path) -> str:
    """The text without its blocks."""
    return FENCED.sub("", path.read_text())


def is_placeholder(token: str) -> bool:
    return Path(token).name not in CAPITALS and bool(PLACEHOLDER.search(token))


def exists(token: str, document: Path) -> bool:
    """Whether there is such a file, seen from the repository or from the document."""
    return (ROOT / token).exists() or (document.parent / token).exists()


@cache
def files() -> frozenset[str]:
    """The names of all files of the rooms."""
    return frozenset(path.name for top in TOPS for path in (ROOT / top).rglob("*.*"))


@cache
def classes() -> dict[str, set[str]]:
    """The names of all classes and named types, with the methods and fields of the classes."""
    found: dict[str, set[str]] = {}
    for path in (path for top in TOPS for path in (ROOT / top).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).update(*map(names_in, node.body))
            elif isinstance(node, ast.Assign):
                found.update((name, set()) for name in names_in(node) - found.keys())
    return found


def names_in(node: ast.stmt) -> set[str]:
    """What a statement defines, if it defines something."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def is_known(span: str, document: Path) -> bool:
    """Whether what a code span names exists, or is nothing of ours; see the rules above."""
    if member := MEMBER.fullmatch(span):
        return member[2] in classes().get(member[1], ())
    if HUMPS.fullmatch(span):
        return span in classes()
    for word in span.split():
        is_path = word.split("/")[0] in TOPS and re.fullmatch(r"[\w./-]+/[\w./-]*", word)
        if is_path and not is_placeholder(word) and not exists(word, document):
            return False
        if OURS.fullmatch(word) and not is_path and not is_placeholder(word):
            return exists(word, document) or word.removeprefix("/") in files()
    return True


def is_module(module: str) -> bool:
    path = ROOT / module.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()


def glossary() -> list[list[str]]:
    """The rows of the glossary: term, meaning, file."""
    _, _, part = (ROOT / "docs/architecture.md").read_text().partition("## Glossary")
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_links_lead_somewhere(document: Path) -> None:
    targets = [link.partition("#")[0] for link in LINK.findall(prose(document))]
    local = [target for target in targets if target and "://" not in target]
    assert [target for target in local if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_modules_exist(document: Path) -> None:
    ours = [name for name in MODULE.findall(document.read_text()) if name.split(".")[0] in TOPS]
    assert [name for name in ours if not is_placeholder(name) and not is_module(name)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_paths_and_classes_exist(document: Path) -> None:
    if document.name == "CHANGELOG.md":
        return  # it also names what is gone
    assert [span for span in SPAN.findall(prose(document)) if not is_known(span, document)] == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_one_page(room: str) -> None:
    readme = ROOT / room / "README.md"
    assert len(readme.read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("room", ROOMS)
def test_files_of_a_rooms_drawing_exist(room: str) -> None:
    folder = ROOT / room
    drawn = "\n".join(FENCED.findall((folder / "README.md").read_text()))
    known = {path.name for path in folder.rglob("*.*")}
    names = [name for name in FILE.findall(drawn) if not is_placeholder(name)]
    assert [
        name for name in names if not exists(name, folder / "README.md") and name not in known
    ] == []


def test_every_term_of_the_glossary_has_its_file() -> None:
    rows = glossary()
    assert 30 <= len(rows) <= 50
    for term, meaning, file in rows:
        assert meaning, term
        assert (ROOT / file.strip("`")).is_file(), f"{term}: {file}"
    assert rows == sorted(rows, key=lambda row: row[0].lower())
