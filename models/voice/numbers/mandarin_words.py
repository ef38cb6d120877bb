"""Numerals as Hanzi.

In: digits as they are written. Out: how they are said. Pure; owns nothing.
"""

import re
from typing import Final

NUMBER: Final = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:['’]\d{3})+(?:\.\d+)?"
    r"|(?<![\d.]\s)(?:\d{1,2}(?: \d{3}){2,}|\d{1,3}(?: \d{3})* 000(?: \d{3})*)(?:\.\d+)?(?! ?\d)"
    r"|\d+\.\d+|\d+|(?<![\w.])\.\d+)(?!\d|\.\d)"
)
_DIGITS: Final = "零一二三四五六七八九"
_TENS: Final = ("", "十", "百", "千")
_GROUPS: Final = ("", "万", "亿", "万亿")
_LONGEST: Final = 12
"""Digits; what is longer is somebody's number and read one by one."""


def spelled(digits: str, one: str = "一") -> str:
    """One by one; telephones have 幺 for one."""
    return "".join(one if d == "1" else _DIGITS[int(d)] for d in digits)


def whole(digits: str) -> str:
    """1234567 as a number of things, 007 and what is too long one by one."""
    long = len(digits) > _LONGEST and not digits.endswith("0000")
    if long or len(digits) > 4 * len(_GROUPS) or (len(digits) > 1 and digits[0] == "0"):
        return spelled(digits)
    groups = [digits[max(0, end - 4) : end] for end in range(len(digits), 0, -4)]
    said = ""
    for at in range(len(groups) - 1, -1, -1):
        group = int(groups[at])
        if group:
            gap = "零" * bool(said and (group < 1000 or said.endswith("零")))
            said = said.rstrip("零") + gap + _group(str(group), bool(said)) + _GROUPS[at]
        elif said and not said.endswith("零") and any(int(g) for g in groups[:at]):
            said += "零"
    return _paired(said) or "零"


def _group(digits: str, inside: bool) -> str:
    """Up to four digits; 12 is 十二 at the beginning of a number, 一十二 inside."""
    said = ""
    for at, digit in enumerate(digits):
        if digit != "0":
            said += _DIGITS[int(digit)] + _TENS[len(digits) - at - 1]
        elif said and not said.endswith("零"):
            said += "零"
    said = said.rstrip("零")
    return said[1:] if said.startswith("一十") and not inside else said


def _paired(said: str) -> str:
    """Two of thousands and more is 两."""
    return re.sub(r"二(?=千)|(?<![十百千零])二(?=[万亿])", "两", said)


def number(numeral: str) -> str:
    """Any NUMBER: its decimals one by one."""
    bare = re.sub(r"[\s,'’]", "", numeral)
    units, point, decimals = bare.partition(".")
    return whole(units or "0") + (f"点{spelled(decimals)}" if point else "")
