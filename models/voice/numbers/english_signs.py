"""Fractions, powers, ranges, ordinals, lists, and what a sign means beside a number.

Rules for `rules.respelled`. Pure; owns nothing.
"""

import re
import unicodedata
from typing import Final

from hibari.g2p.normalize import MONTH_NAMES

from models.voice.numbers.english_money import SCALES
from models.voice.numbers.english_units import many as units_of
from models.voice.numbers.english_words import (
    AMOUNT,
    NUMBER,
    VULGAR,
    amount,
    canonical,
    fraction,
    number,
    ordinal,
    serial,
    whole,
)
from models.voice.numbers.rules import Rule, rule

_RAISED: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_COMPARED: Final = {
    "<=": "less than or equal to", ">=": "greater than or equal to", "≤": "less than or equal to",
    "≥": "greater than or equal to", "⩽": "less than or equal to", "⩾": "greater than or equal to",
    "!=": "not equal to", "≠": "not equal to", "<": "less than", ">": "greater than",
    "==": "equals", "=": "equals", "≈": "approximately", "≅": "approximately", "∼": "about",
    "~": "about", "±": "plus or minus", "∓": "minus or plus", "×": "times", "⋅": "times",
    "·": "times", "÷": "divided by", "−": "minus", "√": "the square root of", "∞": "infinity",
    "∝": "proportional to", "≪": "much less than", "≫": "much greater than", "→": "to",
    "≡": "is identical to", "∑": "the sum of", "∫": "the integral of", "∆": "delta",
    "‰": "per mille", "%": "percent", "℃": "degrees Celsius", "℉": "degrees Fahrenheit",
    "№": "number", "↑": "up", "↓": "down",
}  # fmt: skip
_ALWAYS: Final = "".join(
    sign for sign in _COMPARED if sign not in ("<", ">", "~", "=") and len(sign) == 1
)
_DATED: Final = re.compile(r"\b(?:on|by|until|till|since|before|after|from|due|day|date),? $", re.I)
_RATED: Final = re.compile(r"\b(?:rat\w+|scor\w+|got|gave|give|review\w*|stars?|a|solid):? $", re.I)
_OUT_OF: Final = (10, 100)
_EVEN: Final = (12, 16, 32, 64)
"""Denominators that are no days of a month, most times."""


def _power(match: re.Match[str]) -> str:
    """10⁻⁵, x^8; squares and cubes have names."""
    text = unicodedata.normalize("NFKC", match["power"]).replace("−", "-").strip("^{}()")
    text = text.replace("\u207b", "-")
    named = {"2": "squared", "3": "cubed"}.get(text)
    minus = "minus " * text.startswith("-")
    return named or f"to the power of {minus}{number(text.lstrip('-+'))}"


def _scientific(match: re.Match[str]) -> str:
    minus = "minus " * (match["minus"] in ("-", "−", "–"))
    return f"{number(match['of'])} times ten to the power of {minus}{number(match['power'])}"


def _scientific_raised(match: re.Match[str]) -> str:
    power = number(unicodedata.normalize("NFKC", match["power"]))
    return (
        f"{number(match['of'])} times ten to the power of {'minus ' * bool(match['minus'])}{power}"
    )


def _slash(match: re.Match[str]) -> str | None:
    """3/4 is a fraction, 11/30 a date, 4.5/5 a mark, 24/7 what it is."""
    above, below = match[1], match[2]
    ahead = match.string[: match.start()]
    if (above, below) in {("24", "7"), ("9", "11"), ("50", "50"), ("20", "20")}:
        return f"{whole(above)} {whole(below)}"
    if not (above.isdecimal() and below.isdecimal()):
        return f"{number(above)} out of {number(below)}"
    a, b = int(above), int(below)
    stars = match.string[match.end() :].startswith(" star")
    date = 1 <= a <= 12 and 1 <= b <= 31
    if date and _DATED.search(ahead):
        return f"{MONTH_NAMES[a - 1]} {ordinal(b)}"
    if (b in _OUT_OF and 1 < a <= b) or ((_RATED.search(ahead) or stars) and 1 < a <= b <= 10):
        return f"{number(above)} out of {number(below)}"
    if 0 < a < b and (b <= 10 or b in _EVEN or a == 1 or not date):
        return fraction(a, b)
    if date and "=" not in match.string and match.end() - match.start() > len("5/2"):
        return f"{MONTH_NAMES[a - 1]} {ordinal(b)}"
    return f"{number(above)} over {number(below)}"


def _vulgar(match: re.Match[str]) -> str:
    return amount(match[0])


def _range(match: re.Match[str]) -> str:
    """A difference where an equals sign follows."""
    equal = re.match(r"\s?=", match.string[match.end() :])
    if match[1] == match[4] and not equal:
        return f"{amount(match[1])} {amount(match[4])}"
    between = "minus" if equal or "−" in match["by"] else "to"
    return f"{_scaled(match[1], match[2] or match[5])} {between} {_scaled(match[4], match[5])}"


def _scaled(text: str, scale: str | None) -> str:
    return f"{amount(text)} {SCALES[scale.lower()]}" if scale else amount(text)


def _large(match: re.Match[str]) -> str:
    return _scaled(match[1], match[2])


def _dimensions(match: re.Match[str]) -> str:
    """2x4, 1920×1080, 10 x 15 x 20 cm; a product where nothing says size."""
    unit = match["unit"] or ""
    texts = re.split(r"\s?[xX×]\s?", match[0].removesuffix(unit).rstrip())
    sized = not re.search("×", match[0]) or all(len(text) > 2 for text in texts)
    behind = re.match(r" (?:inch|feet|pixels|meters)", match.string[match.end() :])
    word = " by " if sized or unit or behind else " times "
    said = word.join(serial(t) if re.fullmatch(r"\d{4}", t) else amount(t) for t in texts)
    return f"{said} {units_of(unit)}" if unit else said


def _ordinal(match: re.Match[str]) -> str:
    return ordinal(int(canonical(match[1]))) + " to " * bool(match[2])


def _list(match: re.Match[str]) -> str | None:
    if re.fullmatch(NUMBER, match[0]):
        return None
    if re.fullmatch(r"\d+,\d\d", match[0]):
        return number(match[0])
    return ", ".join(whole(item) for item in re.split(r"[,;]", match[0]))


def _signed(match: re.Match[str]) -> str:
    return {"+": "plus ", "±": "plus or minus "}.get(match[1], "minus ") + amount(match[2])


def _numbered(match: re.Match[str]) -> str:
    return f"{'numbers' if match[0].lower().startswith('nos') else 'number'} {number(match[1])}"


def _sharp(match: re.Match[str]) -> str:
    return f"{match[1]} sharp"


def _pluses(match: re.Match[str]) -> str:
    return " ".join((match[1], *["plus"] * len(match[2])))


def _compared(match: re.Match[str]) -> str:
    return f" {_COMPARED[match[1]]} "


def _other(match: re.Match[str]) -> str | None:
    """①, Ⅳ and whatever else Unicode has a value for."""
    value = unicodedata.numeric(match[0], -1)
    return f" {whole(str(int(value)))} " if value >= 0 and value == int(value) else None


_END: Final = r"(?![\w]|[.,]\d)"
_OTHER: Final = "①-⓿❶-➓Ⅰ-ↈ㉑-㊿¹²³⁰⁴-⁹"
_SPELT: Final = rf"[^\W\d{_OTHER}{VULGAR}]"
"""A letter of a name; digits, raised or not, are read by the rules for numbers."""
_NEXT: Final = rf"(?=\s?[-−–+$€£¥]?\s?[\d.{VULGAR}])"
FRACTIONS: Final[tuple[Rule, ...]] = (
    rule(
        rf"(?<![\w.])(?P<of>{NUMBER})\s?[x×·*]\s?10(?:\^\s?\{{?|(?=[⁻{_RAISED}]))(?P<minus>[-−–⁻]?)\+?"
        rf"(?P<power>\d+|[{_RAISED}]+)\}}?",
        _scientific_raised,
    ),
    rule(
        r"(?<![\w.])(?P<of>\d+(?:\.\d+)?)[eE](?P<minus>[-−–+]?)(?P<power>\d{1,3})(?!\w)",
        _scientific,
    ),
    rule(
        rf"(?<=[\w)])(?P<power>\^\s?\{{?\(?[-−]?\d+(?:\.\d+)?\)?\}}?|[⁻⁺]?[{_RAISED}]+)",
        lambda m: f" {_power(m)} ",
    ),
    rule(rf"(?<![\w.,])(\d+ ?[{VULGAR}]|[{VULGAR}])", _vulgar),
    rule(r"(?<![\w.,/])\d{1,3}[ -]\d{1,2}[/⁄]\d{1,2}(?![\w/]|[.,]\d)", _vulgar),
    rule(rf"(?<![\w.,/])({NUMBER})\s?[/⁄]\s?({NUMBER})(?![\w/]|[.,]\d)", _slash),
)
RANGES: Final[tuple[Rule, ...]] = (
    rule(
        rf"(?<![\w.,])({NUMBER})\s?[-–]\s?({NUMBER})[xX](?!\w)",
        lambda m: f"{number(m[1])} to {number(m[2])} times",
    ),
    rule(
        rf"(?<![\w.,])(?:{AMOUNT})(?:\s?[xX×]\s?(?:{NUMBER}))+(?:\s?(?P<unit>mm|cm|m|km|in|ft|px))?(?!\w)",
        _dimensions,
    ),
    rule(
        rf"(?<![\w.,])({AMOUNT})([kKM]|bn|mn)?(?P<by>\s?[-–—−~]\s?)({AMOUNT})([kKM]|bn|mn)?(?!\w|[-–]\d)",
        _range,
    ),
    rule(
        r"(?<![\w.,])(\d[\d,]*)(?:st|nd|rd|th|ST|ND|RD|TH)(?!\w)(\s?[-–—]\s?(?=\d+(?:st|nd|rd|th)))?",
        _ordinal,
    ),
    rule(rf"(?<![\w.,])({NUMBER})\s?(bn|mn|mln|tn|M|B)(?![\w])", _large),
    rule(r"(?<![\w.,;])\d{1,3}(?:,\d{1,3})+(?![\w]|[.,;]\d)|(?<![\w.,;])\d+(?:;\d+)+(?!\w)", _list),
)
NUMBERS: Final[tuple[Rule, ...]] = (
    rule(r"(?<!\w)pp\. ?(?=\d)", lambda m: "pages "),
    rule(r"(?<!\w)p\. ?(?=\d)", lambda m: "page "),
    rule(rf"(?<!\w)(?:[Nn]os?|[Nn]r)\. ?({NUMBER})", _numbered),
    rule(rf"(?<!\w)[#＃№]\s?({NUMBER})", _numbered),
    rule(rf"(?<![\w)\]%°])([-−–+±])({AMOUNT})(?!-)", _signed),
    rule(rf"(?<![\d.])({NUMBER})", lambda m: number(m[1])),
    rule(r"\d+", lambda m: whole(m[0])),
)
SIGNS: Final[tuple[Rule, ...]] = (
    rule(r"(?<!\w)([A-G])[#♯](?![A-Za-z])", _sharp),
    rule(rf"(?<!\w)([A-Za-z]{_SPELT}*)(\+{{1,2}})(?![A-Za-z+])", _pluses),
    rule(r"(?<=[\w%])(\+{1,2})(?!\w)", lambda m: " plus" * len(m[1]) + " "),
    rule(r"(?<=[\w)])(?:\s\+\s|\+)(?=[-−\w(])", lambda m: " plus "),
    rule(rf"([{re.escape(_ALWAYS)}])", _compared),
    rule(r"(<=|>=|!=|==)", _compared),
    rule(rf"(<|>|~|=){_NEXT}", _compared),
    rule(r"(?<=\s)(<|>|=)(?=\s)", _compared),
    rule(r"(?<=\w)\s?(=)\s?(?=\w)", _compared),
    rule(r"(?<=[\"″'′])\s?[x×]\s?(?=\d)", lambda m: " by "),
    rule(r"(?<=[A-Za-z])\.(?=\d)", lambda m: " point "),
    rule(r"(?<=\d)\s?\*\s?(?=\d)", lambda m: " times "),
    rule(r"(?<=\w)\s?-\s?(?=\d+\s?=)", lambda m: " minus "),
    rule(r"(?<!\w)&(?!\w)|(?<=\w)&(?=\w)", lambda m: " and "),
    rule(r"(?<!\w)@\s?(?=\w|[$€£¥])", lambda m: "at "),
    rule(rf"[{_OTHER}]", _other),
)
