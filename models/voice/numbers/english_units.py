"""Amounts with a unit of measure in English: 5 km/h, 20-30 °C, 6'2", 12 m².

Rules for `rules.respelled`. Pure; owns nothing.
"""

import re
from typing import Final

from models.voice.numbers.english_words import AMOUNT, amount, is_one, number
from models.voice.numbers.rules import Rule, rule

_METRIC: Final = {
    "m": "meter", "g": "gram", "l": "liter", "L": "liter", "W": "watt", "Wh": "watt hour",
    "V": "volt", "Hz": "hertz", "Pa": "pascal", "J": "joule", "Ω": "ohm", "cal": "calorie",
    "B": "byte", "bit": "bit", "bps": "bit per second", "A": "amp", "Ah": "amp hour", "N": "newton",
    "s": "second", "eV": "electronvolt", "mol": "mole", "F": "farad",
}  # fmt: skip
_PREFIXES: Final = {
    "n": "nano", "µ": "micro", "μ": "micro", "m": "milli", "c": "centi", "d": "deci", "h": "hecto",
    "k": "kilo", "M": "mega", "G": "giga", "T": "tera",
}  # fmt: skip
_LARGE: Final = {"B", "bit", "bps", "W", "Wh", "V", "Hz", "J", "eV", "Pa", "cal", "Ω", "N"}
_SMALL: Final = {"m", "g", "l", "L", "s", "A", "Ah", "W", "V", "mol", "F", "J"}
_NOT_ALONE: Final = {"A", "F", "B", "N"}
_OTHERS: Final = {
    "KB": "kilobyte", "Kbps": "kilobit per second", "KiB": "kibibyte", "MiB": "mebibyte",
    "GiB": "gibibyte", "t": "ton", "ha": "hectare", "min": "minute", "mins": "minute", "h": "hour",
    "hr": "hour", "hrs": "hour", "sec": "second", "secs": "second", "yr": "year", "yrs": "year",
    "wk": "week", "wks": "week", "mo": "month", "kph": "kilometer per hour",
    "kmh": "kilometer per hour",
    "mph": "mile per hour", "mi": "mile", "ft": "foot", "yd": "yard", "lb": "pound", "lbs": "pound",
    "oz": "ounce", "gal": "gallon", "sq ft": "square foot", "sq mi": "square mile",
    "sq m": "square meter", "sq km": "square kilometer", "cc": "cubic centimeter",
    "mcg": "microgram", "fps": "frame per second", "rpm": "revolution per minute",
    "psi": "p.s.i.", "bar": "bar", "mbar": "millibar", "dB": "decibel", "kn": "knot",
    "px": "pixel", "dpi": "dots per inch", "ppm": "parts per million", "MP": "megapixel",
    "kt": "kiloton", "Mt": "megaton", "pct": "percent", "%": "percent", "％": "percent",
    "‰": "per mille", "°": "degree", "º": "degree", "°C": "degree Celsius", "ºC": "degree Celsius",
    "℃": "degree Celsius", "°F": "degree Fahrenheit", "ºF": "degree Fahrenheit",
    "℉": "degree Fahrenheit", "°K": "kelvin", "Å": "angstrom",
}  # fmt: skip
_UNCHANGED: Final = (
    "hertz",
    "percent",
    "mille",
    "dots per inch",
    "parts per million",
    "p.s.i.",
    "bar",
)
_POWERS: Final = {"2": "square", "²": "square", "3": "cubic", "³": "cubic"}
_NAMES: Final = {
    **{
        prefix + unit: large + name
        for unit, name in _METRIC.items()
        for prefix, large in _PREFIXES.items()
        if unit in (_LARGE if prefix in "kMGT" else _SMALL) or (prefix, unit) in (
            ("k", "m"), ("k", "g"), ("k", "s"), ("h", "Pa"), ("k", "A"), ("M", "g"))
    },
    **{unit: name for unit, name in _METRIC.items() if unit not in _NOT_ALONE},
    **_OTHERS,
}  # fmt: skip
_PER: Final = {"d": "day", "night": "night", "mo": "month", "y": "year", "a": "year"}
_BASE: Final = "|".join(re.escape(name) for name in sorted(_NAMES, key=len, reverse=True))
_UNIT: Final = rf"(?:{_BASE})(?:\^?[23²³])?(?:/(?:{_BASE}|d)(?:\^?[23²³])?)?(?![\w²³])(?!/\w)"
_SPACED: Final = re.compile(r"°\s(?=[CF])")
_OPENING: Final = re.compile(r'(?<!\d)"')
_TALL: Final = r"(?=\s?(?:tall|long|wide|high|deep|thick|away|[x×]\s?\d))"
_THING: Final = re.compile(
    r" (?!(?:tall|long|wide|high|deep|thick|away|from"
    r"|by|and|or|of|to|in|on|is|was|for|at|x)\b)[a-z]"
)


def per(symbol: str) -> str:
    """What stands behind a slash: h as hour, m² as square meter, person as it is."""
    return _PER.get(symbol) or _unit(symbol, True) or symbol


def many(symbol: str) -> str:
    """cm as centimeters."""
    return _unit(symbol, False) or {"in": "inches"}.get(symbol, symbol)


def _unit(symbol: str, single: bool) -> str:
    above, _, below = symbol.partition("/")
    power = re.fullmatch(r"(.+?)\^?([23²³])", above)
    base, raised = (power[1], _POWERS[power[2]]) if power and power[1] in _NAMES else (above, "")
    name = _NAMES.get(base, "")
    if name and not single:
        name = _plural(name)
    if raised:
        squared = "squared" if raised == "square" else "cubed"
        name = f"{name} {squared}" if base in ("s", "h") else f"{raised} {name}"
    return f"{name} per {per(below)}" if below and name else name


def _plural(name: str) -> str:
    if name.endswith(_UNCHANGED):
        return name
    first, rest = re.match(r"((?:square |cubic )?\S+(?: hour)?)(.*)", name).groups()  # type: ignore[union-attr] # matches all
    return {"foot": "feet", "square foot": "square feet"}.get(first, f"{first}s") + rest


def _quantity(match: re.Match[str]) -> str | None:
    """5 km, -5 to 3 °C, a 5-km run."""
    symbol = _SPACED.sub("°", match["unit"])
    low, high = match["low"], match["high"]
    attribute = match["gap"] == "-"
    unit = _unit(symbol, attribute or (is_one(low) and not high))
    if not unit or (symbol in "hs" and attribute):
        return None
    until = f" to {_signed(match['sign2'], high)}" if high else ""
    return f"{_signed(match['sign'], low)}{until} {unit}"


def _signed(sign: str | None, text: str) -> str:
    mark = (sign or "").strip()
    said = {"": "", "+": "plus ", "±": "plus or minus ", "~": "about ", "≈": "about "}
    return f"{said.get(mark, 'minus ')}{amount(text)}"


def _feet(match: re.Match[str]) -> str:
    feet = f"{amount(match['feet'])} {'foot' if is_one(match['feet']) else 'feet'}"
    inches = match["inches"]
    return f"{feet} {amount(inches)}" + (" inches" if match["mark"] else "") if inches else feet


def _inches(match: re.Match[str]) -> str | None:
    """Not where the mark closes a quotation."""
    if match[0][-1] in '"”' and len(_OPENING.findall(match.string, 0, match.start())) % 2:
        return None
    thing = _THING.match(match.string, match.end()) or match[0].endswith("-in")
    return f"{amount(match[1])} {'inch' if is_one(match[1]) or thing else 'inches'}"


def _arc(match: re.Match[str]) -> str:
    sides = {"N": "north", "S": "south", "E": "east", "W": "west"}
    said = f"{number(match[1])} degrees"
    if match[2]:
        said += f" {number(match[2].lstrip('0') or '0')} minutes"
    if match[3]:
        said += f" {number(match[3].lstrip('0') or '0')} seconds"
    return f"{said} {sides[match[4]]}" if match[4] else said


def _duration(match: re.Match[str]) -> str:
    names = ("hour", "minute", "second")
    parts = [(n, name) for n, name in zip(match.groups(), names, strict=True) if n]
    return " ".join(
        f"{amount(str(int(n)))} {name}{'' if int(n) == 1 else 's'}" for n, name in parts
    )


_SIGN: Final = r"(?:(?<![\w)\]])[-−–+±~≈]\s?)"
UNITS: Final[tuple[Rule, ...]] = (
    rule(
        rf"(?<![\w.])({AMOUNT})\s?[°º](?:\s?({AMOUNT})\s?['′’]\s?(?:({AMOUNT})\s?(?:\"|″|”|''))?)?"
        r"(?:\s?([NSEW])\b)?(?<=['′’\"″”NSEW])",
        _arc,
    ),
    rule(
        rf"(?<![\w.])(?P<feet>\d+)\s?['′’]\s?(?P<inches>{AMOUNT})\s?(?P<mark>\"|″|”|''|’’|′′|in\b)",
        _feet,
    ),
    rule(r"(?<![\w.])(?P<feet>\d)['′’](?P<inches>\d|1[01])(?P<mark>)(?!\w|['’.,]\d)", _feet),
    rule(rf"(?<![\w.])(?P<feet>{AMOUNT})(?:′|['’]{_TALL})(?P<inches>)(?P<mark>)", _feet),
    rule(rf"(?<![\w.])({AMOUNT})\s?(?:″|(?:\"|'')(?!\w))", _inches),
    rule(
        rf"(?<![\w.])({AMOUNT})(?:-?in|\s?in(?=\.?(?:$|[x×,;)]|{_TALL[3:-1]}))|\s?in\.)(?![\w-])",
        _inches,
    ),
    rule(r"(?<![\w.])(\d+)\s?h\s?(\d{1,2})(?:\s?(?:m|min))?(?:\s?(\d{1,2})\s?s)?(?!\w)", _duration),
    rule(
        rf"(?P<sign>{_SIGN})?(?<![\w.])(?P<low>{AMOUNT})"
        rf"(?:\s?(?:{_UNIT}|°\s?[CF])?\s?(?:[-–—~]|\bto\b|\.\.\.|…)\s?(?P<sign2>[-−+])?(?P<high>{AMOUNT}))?"
        rf"(?P<gap>\s|-)?(?P<unit>°\s[CF](?!\w)|{_UNIT})(?!-\w|['’]\w)",
        _quantity,
    ),
)
