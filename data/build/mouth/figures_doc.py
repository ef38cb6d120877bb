"""The tables of docs/face-notes.md that say how well the mouth hears, made from `report.json`.

Run as `python -m data.build.mouth.figures_doc [--check]` after `data.build.mouth.report`. Owns
nothing.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from data.build.mouth.report import OUT, SETS, TRUTH
from data.docfile import write_or_check

PATH: Final = Path(__file__).parents[3] / "docs" / "face-notes.md"
UNSEEN: Final = {
    "Piper joe, unseen synthesiser": "Piper",
    "Kokoro English, unseen voices": "Kokoro English",
    "Kokoro Mandarin, unseen voices": "Kokoro Mandarin",
    "people, another one": "people",
}
Tables = dict[str, Any]
"""What `report.json` holds."""


def rendered(text: str, report: Tables) -> str:
    """The document with every table between its marks made anew; ValueError without a mark."""
    for name, table in _TABLES.items():
        first, last = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
        before, found, rest = text.partition(first)
        _, ended, after = rest.partition(last)
        if not (found and ended):
            raise ValueError(f"{PATH.name} has no marks for {name!r}")
        text = before + first + "".join(f"{row}\n" for row in table(report)) + last + after
    return text


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _head(*cells: str) -> Iterator[str]:
    yield _row(*cells)
    yield "|---" * len(cells) + "|"


def _aims(report: Tables) -> Iterator[str]:
    """What was aimed for on kinds of speech that training never heard, and what was reached."""
    yield from _head("", "aimed for", *UNSEEN.values())
    found = [report[title]["network"] for title in UNSEEN]
    for name, aim, key in (
        ("jaw r", "0.88", "jaw_r"),
        ("p b m recall", "0.9", "recall"),
        ("at a precision of", "0.8", "precision"),
    ):
        yield _row(name, aim, *(f"{each[key]:.2f}" for each in found))
    yield _row("lag, ms", "within 20", *(f"{each['lag_ms']:.0f}" for each in found))
    shares = (f"{each['false_open']:.1%}" for each in found)
    yield _row("jaw open in the silences of speech", "< 1 %", *shares)


def _methods(report: Tables) -> Iterator[str]:
    """Every set by every method."""
    yield from _head("speech (p, b, m in it)", "method", "jaw r", "round r", "viseme",
                     "p b m recall", "precision", "lag, ms")  # fmt: skip
    for title in SETS:
        closures = report[title]["network"]["closures"]
        for method, each in report[title].items():
            viseme = each["viseme_accuracy"]
            yield _row(
                f"{title} ({closures})" if method == "network" else "", method,
                f"{each['jaw_r']:.2f}", f"{each['round_r']:.2f}",
                "" if viseme is None else f"{viseme:.2f}",
                f"{each['recall']:.2f}", f"{each['precision']:.2f}", f"{each['lag_ms']:.0f}",
            )  # fmt: skip
    shares = (f"{name} {share:.2%}" for name, share in report["noise"].items())
    yield ""
    yield f"Jaw seen open in noise and silence, share of the ticks: {', '.join(shares)}."


def _offsets(report: Tables) -> Iterator[str]:
    """How late each voice's times were, and how late the aligner left them."""
    yield from _head("voice", "sibilants", "sound is later by, ms", "median deviation, ms",
                     "aligned: later by", "deviation")  # fmt: skip
    offsets, after = report[TRUTH]["offsets"], report[TRUTH]["aligned offsets"]
    for voice in dict.fromkeys((*offsets, *after)):
        given, left = offsets.get(voice), after.get(voice)
        if (given or left)["count"]:
            cells = (f"{each[key]:.0f}" if each else ""
                     for each in (given, left) for key in ("late_ms", "spread_ms"))  # fmt: skip
            yield _row(voice, str((given or left)["count"]), *cells)


def _exactness(report: Tables) -> Iterator[str]:
    """Errors of loose and of unknown times, and of what the aligner made of them."""
    yield from _head("", "times", "median error, ms", "jaw r", "round r", "closures r")
    for name, kinds in report[TRUTH]["aligner"].items():
        for kind, each in kinds.items():
            cells = (
                f"{each['given'][key]:.{digits}f} → {each['aligned'][key]:.{digits}f}"
                for key, digits in (("median_ms", 0), ("jaw_r", 2), ("round_r", 2), ("close_r", 2))
            )
            yield _row(name, kind, *cells)


_TABLES: Final[dict[str, Callable[[Tables], Iterator[str]]]] = {
    "offsets": _offsets, "exactness": _exactness, "methods": _methods, "aims": _aims,
}  # fmt: skip


if __name__ == "__main__":
    made = rendered(PATH.read_text("utf-8"), json.loads(OUT.read_text("utf-8")))
    sys.exit(write_or_check(PATH, made, sys.argv[1:]))
