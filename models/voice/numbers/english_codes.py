"""Numbers that are names in English: telephones, addresses, versions, models, scores.

Rules for `rules.respelled`. Pure; owns nothing.
"""

import re
from typing import Final

from models.voice.numbers.english_words import serial, spelled, whole
from models.voice.numbers.rules import Rule, rule

_SEP: Final = r"[-. \u2010\u2011]"
_PIECE: Final = re.compile(r"\d+|[^\W\d_]+|[^\w\s]|_")
_SIGNS: Final = {
    ".": "dot", "@": "at", "/": "slash", "-": "dash", "_": "underscore", ":": "colon",
    "?": "question mark", "=": "equals", "&": "and", "#": "hash", "%": "percent", "+": "plus",
    "~": "tilde",
}  # fmt: skip
_DOMAINS: Final = r"(?:com|org|net|edu|gov|io|ai|co|dev|app|info|eu|uk|de|fr|tv|me|ly|cn|jp|us|ca)"
_NAMED: Final = (
    r"(?<=version )|(?<=release )|(?<=python )|(?<=ubuntu )|(?<=ios )|(?<=android )|(?<=node )"
    r"|(?<=java )|(?<=macos )|(?<=firmware )"
)
_FEWEST, _MOST = 7, 15
"""Digits of a telephone number with its country."""


def _groups(text: str) -> str:
    """Digit by digit, with a pause between the groups."""
    return ", ".join(spelled(group) for group in re.findall(r"\d+", text))


def _international(match: re.Match[str]) -> str | None:
    size = len(re.findall(r"\d", match[0]))
    return f"plus {_groups(match[0])}" if _FEWEST <= size <= _MOST else None


def _telephone(match: re.Match[str]) -> str:
    extension = match.groupdict().get("extension")
    return _groups(match["number"]) + (f", extension {spelled(extension)}" if extension else "")


def _telephone_short(match: re.Match[str]) -> str:
    return spelled(match[0])


def _address(match: re.Match[str]) -> str:
    parts = (_piece(piece) for piece in _PIECE.findall(match[0].removesuffix("/")))
    return " ".join(parts).replace("colon slash slash", "")


def _piece(piece: str) -> str:
    return _SIGNS.get(piece) or (serial(piece) if piece.isdecimal() else piece)


def _ip(match: re.Match[str]) -> str | None:
    if any(int(part) > 255 for part in match[1].split(".")):
        return None
    said = " dot ".join(_octet(part) for part in match[1].split("."))
    if match["mask"]:
        said += f" slash {whole(match['mask'])}"
    return f"{said} port {serial(match['port'])}" if match["port"] else said


def _octet(part: str) -> str:
    return spelled(part) if len(part) > len("99") else whole(part)


def _version(match: re.Match[str]) -> str:
    said = " point ".join(whole(part) for part in match["parts"].split("."))
    named = match.string[: match.start()].lower().endswith("version ")
    return f"version {said}" if match["v"] and not named else said


def _chain(match: re.Match[str]) -> str:
    """Several groups: 4111 1111 1111 1111, 123-45-6789, 90-60-90."""
    groups = re.findall(r"\d+", match[0])
    if all(len(group) < len("123") for group in groups):
        return " ".join(whole(group) for group in groups)
    return _groups(match[0])


def _mixed(match: re.Match[str]) -> str:
    """Letters and digits in turn: B2B, A320, COVID-19, iPhone15."""
    text = match[0]
    if re.fullmatch(r"[BCDGMP]2[BCDEGMP]s?", text):
        return text.replace("2", " to ")
    pieces = re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+|&", text)
    return " ".join(_part(piece) for piece in pieces)


def _part(piece: str) -> str:
    if not piece[0].isdecimal():
        return "K" if piece == "k" else piece.replace("&", "and")
    units, _, decimals = piece.partition(".")
    return f"{serial(units)} point {spelled(decimals)}" if decimals else serial(units)


def _times(match: re.Match[str]) -> str:
    return f"{whole(match[1])} times"


def _model_name(match: re.Match[str]) -> str | None:
    """RTX 4090, but not BC 1200 or IN 2024."""
    return (
        None if re.fullmatch(r"(?:19|20)\d\d", match[2]) else f"{match[1][:-1]} {serial(match[2])}"
    )


_L: Final = r"[^\W\d_¹²³⁰-⁹½¼¾⅐-⅞①-⓿]"
ADDRESSES: Final[tuple[Rule, ...]] = (
    rule(r"(?<![\w.])[\w.+-]+@\w[\w-]*(?:\.\w[\w-]*)+", _address),
    rule(r"(?<!\w)(?:https?://|www\.)[^\s<>()]*[\w/]", _address),
    rule(rf"(?<![\w.@])(?:[A-Za-z0-9][\w-]*\.)+{_DOMAINS}(?:/[\w./%-]*[\w/])?(?![\w-])", _address),
    rule(
        r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?:/(?P<mask>\d{1,2})|:(?P<port>\d{1,5}))?(?![\w:]|\.\d)",
        _ip,
    ),
)
VERSIONS: Final[tuple[Rule, ...]] = (
    rule(r"(?<![\w.])(?P<v>[vV])(?:er)?\.? ?(?P<parts>\d+(?:\.\d+)*)(?![\w,]|\.\d)", _version),
    rule(
        r"(?<![\w.])(?!\d{1,3}(?:\.\d{3}){2,}(?!\d|\.\d))(?P<v>)(?P<parts>\d+(?:\.\d+){2,})(?!\d|[.,]\d)",
        _version,
    ),
    rule(rf"(?i:{_NAMED})(?P<v>)(?P<parts>\d+\.\d+)(?!\w|[.,]\d)", _version),
)
TELEPHONES: Final[tuple[Rule, ...]] = (
    rule(rf"(?<![\w+])\+\d{{1,3}}(?:{_SEP}?\(?\d+\)?)+(?![\w]|[.,]\d)", _international),
    rule(
        rf"(?<![\w+.])(?P<number>(?:\+?1{_SEP})?(?:\(\d{{3}}\)\s?|\d{{3}}{_SEP})\d{{3}}{_SEP}\d{{4}})"
        r"(?:,? (?:x|ext\.?|extension) ?(?P<extension>\d+))?(?!\w|[-.,]\d)",
        _telephone,
    ),
    rule(r"(?<![\w+.-])(?P<number>\d{3}[-.\u2010\u2011]\d{4})(?!\w|[-.,]\d)", _telephone),
    rule(
        rf"(?<![\w+.-])(?P<number>\(?0\d{{2,5}}\)?(?:{_SEP}\d{{3,8}}){{1,3}})(?!\w|[-.,]\d)",
        _telephone,
    ),
    rule(r"(?i:(?<=call )|(?<=dial )|(?<=text ))\d{3,6}(?![\w,]|[-.]\d)", _telephone_short),
    rule(r"(?<![\w.,$€£-])911(?![\w,%]|[-.]\d)", _telephone_short),
    rule(r"(?<![\w+.-])(?P<number>1-[89]\d\d)(?=-[A-Z])", _telephone),
    rule(r"(?<![\w+.,-])\d{4}(?: \d{4}){2,}(?: \d{1,3})?(?!\w|[-.,]\d)", _chain),
    rule(r"(?<![\w+.,-])\d+(?:[-–‑]\d+){2,}(?!\w|[.,]\d)", _chain),
)
MODELS: Final[tuple[Rule, ...]] = (
    rule(
        r"(?<![\w.])(\d+)[xX](?= (?:faster|slower|more|less|as|the|bigger|better|longer)\b)", _times
    ),
    rule(r"(?<!\w)([A-Z]{2,}[ -])(\d{4})(?!\w|[.,:/%]\d| ?[%°])", _model_name),
    rule(
        rf"(?<!\w)(?!(?i:mid|pre|post|early|late)-){_L}+[-‑–]?\d+(?:\.\d+)?(?:{_L}+\d*)*(?![\d])",
        _mixed,
    ),
    rule(rf"(?<![\w.,])\d+{_L}+(?:\d+{_L}*)*(?!\w)", _mixed),
)
