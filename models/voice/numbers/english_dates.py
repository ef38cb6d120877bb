"""Dates, times of day, years and decades in English.

Rules for `rules.respelled`. Pure; owns nothing. Where day and month could be either, slashes and
hyphens have the month first, points the day.
"""

import re
from typing import Final

from hibari.g2p.normalize import MONTH_NAMES

from models.voice.numbers.english_words import number, ordinal, plural, whole, year
from models.voice.numbers.rules import Rule, rule

_MONTH: Final = (
    "(?P<month>" + "|".join(f"{m}|{m[:3]}\\.?(?!\\w)" for m in MONTH_NAMES) + r"|Sept\.?(?!\w))"
)
_YEAR: Final = r"(?P<year>\d{4})(?!\d|[,.]\d)"
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?![\w:%]|[,./]\d)"
_TO: Final = r"\s?[-–—]\s?"
_CLOCK: Final = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?![:\d])"
_HALF: Final = r"(?:\s?[AaPp](?:\.[Mm]\.?|[Mm])(?!\w))"
_HOURS: Final = 24
_NOON: Final = 12
_BORN: Final = 30
"""Two digits above it are a year of the last century."""
_NUMBERED: Final = (
    r"(?:in|since|by|until|till|from|before|after|during|of|year|early|late|mid|circa)"
)


def _date(match: re.Match[str]) -> str | None:
    """Numbers alone; the groups are named for what they are, or a and b."""
    part = match.groupdict()
    month, day = part.get("m") or part["a"], part.get("d") or part["b"]
    if "a" in part and ("." in match[0] or int(month) > _NOON) and int(day) <= _NOON:
        month, day = day, month
    if not (1 <= int(month) <= _NOON and 1 <= int(day) <= 31):
        return None
    said = f"{MONTH_NAMES[int(month) - 1]} {ordinal(int(day))}, {_of_century(part['y'])}"
    return f"{said}, {_clock(part['t'])}" if part.get("t") else said


def _of_century(digits: str) -> str:
    if len(digits) == len("24"):
        digits = ("19" if int(digits) > _BORN else "20") + digits
    return year(digits)


def _month_year(match: re.Match[str]) -> str | None:
    month = int(match["m"])
    return f"{MONTH_NAMES[month - 1]} {year(match['y'])}" if 1 <= month <= _NOON else None


def _named(match: re.Match[str]) -> str | None:
    """March 3, 2024; 3 March 2024; March 3-5; March 2024."""
    part = match.groupdict()
    month = next(m for m in MONTH_NAMES if m.startswith(part["month"][:3]))
    days = [part[name] for name in ("day", "last") if part.get(name)]
    if any(not 1 <= int(day) <= 31 for day in days):
        return None
    when = " to ".join(ordinal(int(day)) for day in days)
    if part.get("the") is None and days:
        said = f"{month} {when}"
    else:
        said = f"the {when} of {month}" if days else month
    return f"{said}{',' * bool(days)} {year(part['year'])}" if part.get("year") else said


def _day_first(match: re.Match[str]) -> str | None:
    said = _named(match)
    ahead = match.string[: match.start()].rstrip().lower()
    if said is None or match["the"]:
        return said
    return said if ahead.endswith((" the", "day", "day,")) or ahead == "the" else _with_the(match)


def _with_the(match: re.Match[str]) -> str | None:
    month = next(m for m in MONTH_NAMES if m.startswith(match["month"][:3]))
    days = [match[name] for name in ("day", "last") if match[name]]
    when = " to ".join(ordinal(int(day)) for day in days)
    return f"the {when} of {month}" + (f", {year(match['year'])}" if match["year"] else "")


def _clock(text: str) -> str | None:
    """10:45, 10:45:30, 9am, 10.45 p.m. in words."""
    half = re.search(rf"{_HALF}$", text)
    bare = text[: half.start()] if half else text
    hours, minutes, seconds, *_ = [*re.split(r"[:.]", bare, maxsplit=2), "", ""]
    if int(hours) > _HOURS or int(minutes or 0) > 59 or float(seconds or 0) >= 60:
        return None
    said = [whole(str(int(hours)))]
    if int(minutes or 0):
        said.append(f"oh {whole(str(int(minutes)))}" if int(minutes) < 10 else whole(minutes))
    elif not half and not seconds:
        late = int(hours) > _NOON or (len(hours) > 1 and hours[0] == "0")
        said.append("hundred" if late else "o'clock")
    if seconds:
        many = "second" if seconds in ("01", "1") else "seconds"
        said.append(f"and {number(seconds.lstrip('0') or '0')} {many}")
    if half:
        said.append(f"{half[0].strip()[0].upper()}.M.")
    return " ".join(said) if int(hours or 0) or half or int(minutes or 0) or seconds else "midnight"


def _times(match: re.Match[str]) -> str | None:
    """One time, or from one to another."""
    first, last = match["first"], match["last"]
    said = _clock(first.strip())
    until = _clock(last.strip()) if last else None
    if said is None or (last and until is None):
        return None
    if last and ":" not in first and not re.search(r"[ap]\.?m", first, re.I):
        said = said.removesuffix(" o'clock").removesuffix(" hundred")
    behind = match.string[match.end() :]
    words = f"{said} to {until}" if until else said
    return words.removesuffix(".") if behind.startswith(".") else words


def _scale(match: re.Match[str]) -> str:
    return f"{number(match[1])} to {number(match[2])}" + (
        f" to {number(match[3])}" if match[3] else ""
    )


def _decade(match: re.Match[str]) -> str:
    digits = match["digits"]
    return plural(year(digits) if len(digits) == len("1990") else whole(digits))


def _short_year(match: re.Match[str]) -> str:
    digits = match[1]
    return f"oh {whole(digits[1])}" if digits[0] == "0" else whole(digits)


def _years(match: re.Match[str]) -> str:
    last = match["last"]
    until = (
        year(last) if len(last) == len("2024") else _short_year(re.match(r"(\d\d)", last) or match)
    )
    return f"{year(match['first'])} to {until}"


def _year(match: re.Match[str]) -> str | None:
    """A number that is likely to be a year: not of things that are named right after it."""
    ahead, behind = match.string[: match.start()], match.string[match.end() :]
    if re.match(r" (?:[a-z]+s|people|men|women|children)\b", behind) and not re.search(
        rf"\b{_NUMBERED} (?:the )?$", ahead, re.I
    ):
        return None
    return year(match[0])


_OLD: Final = r"(?i:(?<=in )|(?<=since )|(?<=by )|(?<=of )|(?<=until )|(?<=year ))1\d{3}"
_SOME_YEAR: Final = r"(?:1[1-9]|20)\d{2}"

DATES: Final[tuple[Rule, ...]] = (
    rule(
        r"(?<![\w/.-])(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})"
        rf"(?:T(?P<t>{_CLOCK})(?:Z|[+-]\d\d:?\d\d)?)?(?![\w/-]|\.\d)",
        _date,
    ),
    rule(
        r"(?<![\w/.-])(?P<a>\d{1,2})([-/.])(?P<b>\d{1,2})\2(?P<y>\d{4}|\d{2})(?![\w/-]|\.\d)", _date
    ),
    rule(r"(?<![\w/.-])(?P<y>(?:19|20)\d\d)[-/](?P<m>0[1-9]|1[0-2])(?![\w/-]|\.\d)", _month_year),
    rule(r"(?<![\w/.-])(?P<m>\d{1,2})/(?P<y>(?:19|20)\d\d)(?![\w/-]|\.\d)", _month_year),
    rule(
        rf"\b(?P<the>the )?(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?{_TO})?(?P<last>\d{{1,2}})"
        rf"(?:st|nd|rd|th)? (?:of )?{_MONTH}(?:,? {_YEAR})?(?![\w:]|[,.]\d)",
        _day_first,
    ),
    rule(
        rf"\b{_MONTH} {_DAY}(?:{_TO}(?P<last>\d{{1,2}})(?:st|nd|rd|th)?(?![\w:%]|[,./]\d))?"
        rf"(?:,? {_YEAR})?",
        _named,
    ),
    rule(rf"\b{_MONTH},? {_YEAR}", _named),
)
TIMES: Final[tuple[Rule, ...]] = (
    rule(
        rf"(?<![\w:.])(?P<first>(?:{_CLOCK}|\d{{1,2}}(?:\.\d{{2}})?(?={_TO}[\d:.]+{_HALF})"
        rf"|\d{{1,2}}(?:\.\d{{2}})?(?={_HALF})){_HALF}?)"
        rf"(?:{_TO}(?P<last>(?:{_CLOCK}|\d{{1,2}}(?:\.\d{{2}})?(?={_HALF})){_HALF}?))?(?![\w:])",
        _times,
    ),
    rule(
        r"(?<![\w:.])(\d[\d,.]*\d|\d)\s?[:∶]\s?(\d[\d,.]*\d|\d)(?:\s?[:∶]\s?(\d+))?(?![\w:])",
        _scale,
    ),
)
DECADES: Final[tuple[Rule, ...]] = (
    rule(r"(?<!\w)(?P<digits>[12]\d\d0)(?:['’])?s\b", _decade),
    rule(r"(?<!\w)['’]?(?P<digits>[2-9]0)['’]?s\b", _decade),
)
YEARS: Final[tuple[Rule, ...]] = (
    rule(r"(?<!\w)['’](\d\d)(?![\w'’\"”]|[.,]\d)", _short_year),
    rule(
        rf"(?<![\w.,$€£-])(?P<first>{_SOME_YEAR})\s?[-–—/]\s?(?P<last>{_SOME_YEAR}|\d\d)(?![\w-]|[.,]\d)",
        _years,
    ),
    rule(rf"(?<![\w.,'’/]){_SOME_YEAR}(?![\w/×]|[.,]\d|['’]\d)", _year),
    rule(rf"{_OLD}(?![\w/×]|[,.]\d)", lambda m: year(m[0])),
)
