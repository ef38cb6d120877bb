"""Numerals as English words.

In: digits as they are written. Out: words without commas. Pure; owns nothing. The words are those
of `hibari.g2p.numbers` (num2words' English in Apache-2.0), without its commas and "and".
"""

import re
import unicodedata
from typing import Final

from hibari.g2p.numbers import ONES, cardinal
from hibari.g2p.numbers import ordinal as _ordinal
from hibari.g2p.numbers import year as _year

VULGAR: Final = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
NUMBER: Final = (
    r"(?:\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?"  # 1,234,567.8 and 1,00,000
    r"|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}"  # 1.234.567,8
    r"|\d{1,3}(?:['’]\d{3})+(?:[.,]\d+)?"  # 1'234'567.8
    r"|(?<!\d\s)(?:\d{1,2}(?: \d{3}){2,}|\d{1,3}(?: \d{3})* 000(?: \d{3})*|\d{2} \d{3}"
    r"|\d{3} \d{3} \d\d[1-9])(?:[.,]\d+)?(?! ?\d)"  # 1 234 567.8
    r"|\d+\.\d+|\d+|(?<!\w)\.\d+)(?!\d|[.,]\d)"
)
"""A numeral that can be taken for one; a comma before one or two digits is none of its own."""
AMOUNT: Final = (
    rf"(?:\d+ ?[{VULGAR}]|[{VULGAR}]|\d+[ -]\d{{1,2}}[/⁄]\d{{1,3}}(?![\d/])"
    rf"|\d+[/⁄]\d{{1,3}}(?![\d/])|{NUMBER}|\d+,\d{{1,2}}(?!\d|[.,]\d))"
)
"""What stands before a unit: also 1½, 1 1/2, 3,5."""
_LONGEST: Final = 15
_MOST: Final = 33
"""With separators there are words for so many digits."""
_SERIAL: Final = 10
"""So many digits that do not end in 000 are somebody's number: read one by one."""
_PARTS: Final = {2: "half", 4: "quarter", 100: "hundredth"}


def canonical(numeral: str) -> str:
    """A numeral as digits with at most one decimal point."""
    bare = re.sub(r"[\s'’]", "", numeral)
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}", bare):
        return bare.replace(".", "").replace(",", ".")
    if re.fullmatch(r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?", bare):
        return bare.replace(",", "")
    return bare.replace(",", ".")


def spelled(digits: str) -> str:
    """One by one."""
    return " ".join(ONES[int(digit)] for digit in digits)


def whole(digits: str) -> str:
    """1234567 as a number of things, 007 and what is too long one by one."""
    long = len(digits) > _LONGEST or (len(digits) >= _SERIAL and not digits.endswith("000"))
    if long or (len(digits) > 1 and digits[0] == "0"):
        return spelled(digits)
    return _plain(cardinal(int(digits)))


def number(numeral: str) -> str:
    """Any NUMBER, or one with a decimal comma: its decimals one by one."""
    units, point, decimals = canonical(numeral).partition(".")
    if not point:
        grouped = not numeral.isdigit() and len(units) <= _MOST
        return _plain(cardinal(int(units))) if grouped else whole(units)
    first = "" if not units else whole(units) if len(units) < _LONGEST else spelled(units)
    return f"{first} point {spelled(decimals)}".strip()


def amount(text: str) -> str:
    """Any AMOUNT."""
    mixed = re.fullmatch(rf"(\d*)[ -]?(?:(\d+)[/⁄](\d+)|([{VULGAR}]))", text)
    if mixed is None:
        return number(text)
    units, above, below, sign = mixed.groups()
    if sign:
        above, below = unicodedata.normalize("NFKC", sign).split("⁄")
    if units and not sign and not re.search(r"[ -]", text):
        units, above = "", units + above
    part = fraction(int(above), int(below))
    if not units:
        return part
    return f"{whole(units)} and {part.replace('one half', 'a half').replace('one q', 'a q')}"


def is_one(text: str) -> bool:
    """Whether the thing counted is in the singular."""
    return text in {"1", *VULGAR} or re.fullmatch(r"1[/⁄]\d+", text) is not None


def fraction(above: int, below: int) -> str:
    """3 and 4 as three quarters."""
    if below in (0, 1):
        return f"{whole(str(above))} over {ONES[below]}"
    part = _PARTS.get(below) or ordinal(below)
    plural = "" if above == 1 else "ves" if part == "half" else "s"
    return f"{whole(str(above))} {part.removesuffix('f') if plural == 'ves' else part}{plural}"


def ordinal(value: int) -> str:
    """21 as twenty-first."""
    return _plain(_ordinal(value))


def year(digits: str) -> str:
    """1984 as nineteen eighty-four."""
    return _plain(_year(int(digits)))


def serial(digits: str) -> str:
    """As names have them: 320 is three twenty, 4090 forty ninety."""
    if digits[0] == "0" or len(digits) not in (3, 4) or digits.endswith("00"):
        return whole(digits) if len(digits) < len("12345") else spelled(digits)
    if len(digits) == len("1234"):
        return year(digits)
    tens = f"oh {ONES[int(digits[2])]}" if digits[1] == "0" else whole(digits[1:])
    return f"{ONES[int(digits[0])]} {tens}"


def plural(words: str) -> str:
    """nineteen ninety as nineteen nineties."""
    return (
        f"{words[:-1]}ies" if words.endswith("y") else words + ("es" if words[-1] == "x" else "s")
    )


def _plain(words: str) -> str:
    return words.replace(",", "").replace(" and ", " ")
