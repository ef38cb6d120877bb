"""The list of clips that `ringtalk speak --batch` makes: one line or one row each.

In: a text file (a line a clip), a CSV with a header, or JSON Lines. Out: checked `BatchRow`s, or
everything that is wrong with the file at once. Owns nothing.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from actors.egress.file.kinds import KINDS, kind_of
from data.colour import is_colour
from data.services import SpeechStyle
from server.cli.speak import FilmOrder

DIGITS: Final = 3
_NAME: Final = re.compile(r"[^./\\\0][^/\\\0]{0,119}")
ENDINGS: Final = (".txt", ".csv", ".jsonl")


class BadBatch(ValueError):
    """The file cannot be made clips of; the message has one line for each mistake."""


class _Columns(BaseModel):
    """What a row may say; all but the text, or the sound in its place, may be left out."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    text: str = ""
    audio: str = ""
    avatar: str = ""
    background: str = ""
    voice: str = ""
    speed: float = Field(default=1.0, ge=0.5, le=2.0)
    emotion: str = ""
    reference: str = ""
    reference_text: str = ""
    language: str = ""


@dataclass(frozen=True)
class BatchRow:
    """One clip. line: where it stands in the file. name: of the file that is made, with its ending.
    words: a text, or the path of a sound file. avatar, background: "" for what the command says."""

    line: int
    name: str
    words: str | Path
    avatar: str = ""
    background: str | Path = ""
    style: SpeechStyle = field(default_factory=SpeechStyle)


def read_batch(path: Path, ending: str = KINDS[0]) -> list[BatchRow]:
    """The clips of a file, in its order; those that name none are numbered by their lines.

    `ending`: of names that have none. Raises BadBatch, OSError."""
    rows, mistakes = [], []
    taken: dict[str, int] = {}
    for line, given in _rows(path):
        try:
            order = _order(line, given, path.parent, ending)
        except ValueError as error:
            mistakes.append(f"line {line}: {error}")
            continue
        first = taken.setdefault(order.name.lower(), line)
        if first != line:
            mistakes.append(f"line {line}: {order.name!r} is the name of line {first} already")
        rows.append(order)
    if mistakes:
        raise BadBatch("\n".join(mistakes))
    if not rows:
        raise BadBatch(f"{path.name!r} has no line to speak")
    return rows


def clips_of(orders: list[BatchRow], folder: Path, background: str | Path) -> list[FilmOrder]:
    """As they are made, in `folder`; `background` of those that name none."""
    return [
        FilmOrder(
            order.words,
            folder / order.name,
            order.background or background,
            order.avatar,
            order.style,
            subtitles=True,
        )
        for order in orders
    ]


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line numbers, and what stands there; empty lines are left out."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadBatch(f"{path.name!r} is not UTF-8: {error.reason} at {error.start}") from error
    match path.suffix.lower():
        case ".txt":
            lines = enumerate(text.splitlines(), 1)
            return ((line, {"text": said}) for line, said in lines if said.strip())
        case ".csv":
            return _csv_rows(text)
        case ".jsonl":
            lines = enumerate(text.splitlines(), 1)
            return ((line, _object(line, said)) for line, said in lines if said.strip())
        case _:
            raise BadBatch(f"{path.name!r}: allowed are {', '.join(ENDINGS)}")


def _csv_rows(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="a column too many", strict=True)
    try:
        for row in reader:
            said = {key.strip(): value for key, value in row.items() if value not in ("", None)}
            if said:
                yield reader.line_num, said
    except csv.Error as error:
        raise BadBatch(f"line {reader.line_num}: {error}") from error


def _object(line: int, said: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(said, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise BadBatch(f"line {line}: {error}") from error


def _order(line: int, given: dict[str, Any], folder: Path, ending: str) -> BatchRow:
    try:
        row = _Columns.model_validate(given)
    except ValidationError as error:
        raise ValueError("; ".join(_mistake(detail) for detail in error.errors())) from error
    if bool(row.text.strip()) == bool(row.audio):
        raise ValueError("needs either a text or audio, a sound file")
    audio = folder / row.audio
    if row.audio and not audio.is_file():
        raise ValueError(f"audio: there is no file {row.audio!r}")
    behind: str | Path = row.background
    if behind and not is_colour(row.background):
        behind = folder / row.background
        if not behind.is_file():
            raise ValueError(f"background: {row.background!r} is neither a colour nor a file")
    style = SpeechStyle(
        voice=row.voice,
        speed=row.speed,
        emotion=row.emotion,
        reference=row.reference,
        reference_text=row.reference_text,
        language=row.language,
    )
    name = _named(row.name.strip() or f"{line:0{DIGITS}}", ending)
    words = audio if row.audio else row.text
    return BatchRow(line, name, words, row.avatar, behind, style)


def _named(name: str, ending: str) -> str:
    """With an ending that can be written."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"name: {name[:130]!r} is no name of a file in one folder")
    if not Path(name).suffix:
        return name + ending
    kind_of(Path(name))
    return name


def _mistake(detail: Any) -> str:
    key = ".".join(map(str, detail["loc"]))
    if detail["type"] == "extra_forbidden":
        return f"{key!r} is no column; those that there are: {', '.join(_Columns.model_fields)}"
    return f"{key}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
