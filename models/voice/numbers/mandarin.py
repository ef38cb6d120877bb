"""Mandarin text with its numbers and signs as Hanzi.

In: text made plain. Out: the text as it is said, and which place of it was which. Pure; owns
nothing. Both voices of Mandarin use it, eSpeak's and Kokoro's.
"""

import re
import unicodedata
from decimal import Decimal
from typing import Final

from models.voice.numbers.mandarin_rules import CODES, DATES, FREE, NUMBERS, SIGNS, TO
from models.voice.numbers.mandarin_words import NUMBER, number
from models.voice.numbers.rules import Respelled, Rule, respelled, rule

_MONEY: Final = {
    "US$": "美元", "HK$": "港元", "NT$": "新台币", "A$": "澳元", "C$": "加元", "$": "美元",
    "€": "欧元", "£": "英镑", "¥": "元", "￥": "元", "₩": "韩元", "₹": "卢比", "₽": "卢布",
    "USD": "美元", "EUR": "欧元", "GBP": "英镑", "RMB": "元", "CNY": "元", "JPY": "日元",
    "HKD": "港元", "¢": "美分",
}  # fmt: skip
_SCALES: Final = {"k": 3, "K": 3, "m": 6, "M": 6, "mn": 6, "b": 9, "B": 9, "bn": 9}
_UNITS: Final = {
    "km": "公里", "m": "米", "cm": "厘米", "mm": "毫米", "nm": "纳米", "µm": "微米", "kg": "公斤",
    "g": "克", "mg": "毫克", "t": "吨", "L": "升", "l": "升", "mL": "毫升",
    "ml": "毫升", "h": "小时",
    "min": "分钟", "s": "秒", "ms": "毫秒", "W": "瓦", "kW": "千瓦", "MW": "兆瓦", "kWh": "千瓦时",
    "V": "伏", "mAh": "毫安时", "Hz": "赫兹", "kHz": "千赫", "MHz": "兆赫", "GHz": "吉赫",
    "KB": " KB", "MB": " MB", "GB": " GB", "TB": " TB", "Mbps": "兆比特每秒",
    "Pa": "帕", "kPa": "千帕", "hPa": "百帕", "dB": "分贝", "kcal": "千卡", "ft": "英尺",
    "in": "英寸", "lb": "磅", "mph": "英里每小时", "rpm": "转每分钟", "px": "像素", "ha": "公顷",
    "℃": "摄氏度", "°C": "摄氏度", "℉": "华氏度", "°F": "华氏度", "°": "度", "″": "英寸",
}  # fmt: skip
_POWERS: Final = {"2": "平方", "²": "平方", "3": "立方", "³": "立方"}
_SHARES: Final = {"%": "百分之", "％": "百分之", "‰": "千分之"}


def _alternatives(names: dict[str, str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


def _sum(match: re.Match[str]) -> str:
    low, high, scale = match["low"], match["high"], match["scale"] or ""
    minus = "负" * bool(match["minus"])
    if scale in _SCALES:
        digits = Decimal(re.sub(r"[,\s]", "", low)).scaleb(_SCALES[scale])
        return f"{minus}{number(f'{digits:f}')}{_MONEY[match['unit']]}"
    until = f"到{number(high)}" if high else ""
    count = "两" if low == "2" and not high else number(low)
    per = f"每{_UNITS.get(match['per'], match['per'])}" if match["per"] else ""
    return f"{per}{minus}{count}{until}{scale.strip()}{_MONEY[match['unit']]}"


def _share(match: re.Match[str]) -> str:
    of = _SHARES[match["unit"]]
    until = f"到{of}{number(match['high'])}" if match["high"] else ""
    return f"{_minus(match['sign'])}{of}{number(match['low'])}{until}"


def _minus(sign: str | None) -> str:
    return {"": "", "+": "正", "±": "正负"}.get((sign or "").strip(), "负")


def _quantity(match: re.Match[str]) -> str:
    low, high = match["low"], match["high"]
    count = "两" if low == "2" and not high else number(low)
    until = f"到{_minus(match['sign2'])}{number(high)}" if high else ""
    above, _, below = match["unit"].replace(" ", "").partition("/")
    unit = _named(above) + (f"每{_named(below)}" if below else "")
    return f"{_minus(match['sign'])}{count}{until}{unit}"


def _named(unit: str) -> str:
    power = _POWERS.get(unit[-1], "")
    return f"{power}{_UNITS[unit[:-1]]}" if power else _UNITS[unit]


def _arc(match: re.Match[str]) -> str:
    seconds = f"{number(match[3])}秒" if match[3] else ""
    return f"{number(match[1])}度{number(match[2])}分{seconds}"


_SIGN: Final = r"(?P<sign>(?:(?<![\w)])|(?<=[\u4e00-\u9fff]))[-−–+±]\s?)?"
_BASE: Final = rf"(?:{_alternatives(_UNITS)})[23²³]?"
_UNIT: Final = rf"(?P<unit>{_BASE}(?:/{_BASE})?)(?![A-Za-z\d²³])"
_COIN: Final = _alternatives(_MONEY)
_SCALE: Final = r"(?P<scale>\s?[万亿]+|bn|mn|[kKmMbB](?![A-Za-z]))?"
_PER: Final = r"(?:/(?P<per>[A-Za-z]+|[\u4e00-\u9fff]))?"
_AMOUNTS: Final[tuple[Rule, ...]] = (
    rule(
        rf"(?P<minus>[-−]\s?)?(?P<unit>{_COIN})\s?(?P<low>{NUMBER})"
        rf"(?:{TO}(?:{_COIN})?(?P<high>{NUMBER}))?{_SCALE}(?:元(?!旦))?{_PER}",
        _sum,
    ),
    rule(
        rf"(?P<minus>(?<!\w)[-−]\s?)?{FREE}(?P<low>{NUMBER})(?:{TO}(?P<high>{NUMBER}))?{_SCALE}"
        rf"\s?(?P<unit>{_COIN})(?![A-Za-z\d]){_PER}",
        _sum,
    ),
    rule(
        rf"{_SIGN}{FREE}(?P<low>{NUMBER})(?:[%％]?{TO}(?P<high>{NUMBER}))?\s?(?P<unit>[%％‰])",
        _share,
    ),
    rule(rf"{FREE}(\d+)°(\d+)['′’](?:(\d+)(?:\"|″|”))?", _arc),
    rule(
        rf"{_SIGN}{FREE}(?P<low>{NUMBER})(?:(?:{_BASE})?{TO}(?P<sign2>[-−+])?(?P<high>{NUMBER}))?\s?{_UNIT}",
        _quantity,
    ),
)
_RULES: Final = (*DATES, *CODES, *_AMOUNTS, *NUMBERS, *SIGNS)
"""In the order in which they are tried: what is surest first."""


def mandarin(text: str) -> Respelled:
    """The text with its numbers as Hanzi."""
    western = (
        str(unicodedata.decimal(c)) if c.isdecimal() and not c.isascii() else c for c in text
    )
    return respelled("".join(western), _RULES)


def reading(text: str) -> str:
    """The words of a text as they are said."""
    return mandarin(text).text
