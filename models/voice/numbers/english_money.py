"""Sums of money in English.

Rules for `rules.respelled`. Pure; owns nothing. The sign may stand before, behind or in the middle,
the decimals behind a point or a comma.
"""

import re
from typing import Final, NamedTuple

from models.voice.numbers.english_units import per
from models.voice.numbers.english_words import NUMBER, VULGAR, amount, canonical, number, whole
from models.voice.numbers.rules import Rule, rule


class _Money(NamedTuple):
    one: str
    many: str
    part: str = ""
    parts: str = ""


_DOLLARS: Final = _Money("dollar", "dollars", "cent", "cents")
_EUROS: Final = _Money("euro", "euros", "cent", "cents")
_POUNDS: Final = _Money("pound", "pounds", "penny", "pence")
_YEN: Final = _Money("yen", "yen")
_RUPEES: Final = _Money("rupee", "rupees", "paisa", "paise")


def _of(land: str, money: _Money) -> _Money:
    return money._replace(one=f"{land} {money.one}", many=f"{land} {money.many}")


_SIGNS: Final = {
    "US$": _of("U.S.", _DOLLARS), "C$": _of("Canadian", _DOLLARS), "CA$": _of("Canadian", _DOLLARS),
    "A$": _of("Australian", _DOLLARS), "AU$": _of("Australian", _DOLLARS),
    "NZ$": _of("New Zealand", _DOLLARS), "HK$": _of("Hong Kong", _DOLLARS),
    "S$": _of("Singapore", _DOLLARS), "NT$": _of("Taiwan", _DOLLARS),
    "R$": _Money("real", "reais"), "$": _DOLLARS, "＄": _DOLLARS, "€": _EUROS, "£": _POUNDS,
    "¥": _YEN, "￥": _YEN, "₹": _RUPEES, "Rs.": _RUPEES, "Rs": _RUPEES, "₩": _Money("won", "won"),
    "₽": _Money("ruble", "rubles"), "₺": _Money("lira", "lira"), "₴": _Money("hryvnia", "hryvnias"),
    "₪": _Money("shekel", "shekels"), "₱": _Money("peso", "pesos"), "₫": _Money("dong", "dong"),
    "₦": _Money("naira", "naira"), "฿": _Money("baht", "baht"), "₿": _Money("bitcoin", "bitcoins"),
    "¢": _Money("cent", "cents"),
}  # fmt: skip
_CODES: Final = {
    "USD": _of("U.S.", _DOLLARS), "EUR": _EUROS, "GBP": _POUNDS, "JPY": _YEN,
    "CNY": _Money("yuan", "yuan"), "RMB": _Money("yuan", "yuan"),
    "CHF": _Money("Swiss franc", "Swiss francs"), "INR": _RUPEES,
    "CAD": _of("Canadian", _DOLLARS), "AUD": _of("Australian", _DOLLARS),
    "SEK": _Money("Swedish krona", "Swedish kronor"), "PLN": _Money("zloty", "zlotys"),
    "NOK": _Money("Norwegian krone", "Norwegian kroner"),
    "DKK": _Money("Danish krone", "Danish kroner"), "BTC": _Money("bitcoin", "bitcoins"),
    "KRW": _Money("won", "won"), "HKD": _of("Hong Kong", _DOLLARS),
    "NZD": _of("New Zealand", _DOLLARS), "SGD": _of("Singapore", _DOLLARS),
    "MXN": _of("Mexican", _Money("peso", "pesos")), "BRL": _Money("real", "reais"),
}  # fmt: skip
_MONEY: Final = _SIGNS | _CODES
SCALES: Final = {
    "k": "thousand", "m": "million", "mn": "million", "mio": "million", "mln": "million",
    "b": "billion", "bn": "billion", "bln": "billion", "t": "trillion", "tn": "trillion",
    "trn": "trillion",
}  # fmt: skip
_WORDS: Final = ("hundred", "thousand", "million", "billion", "trillion")
_SCALE: Final = (
    rf"(?:\s?-?\s?(?P<scale>{'|'.join(_WORDS)}|mio|mln|mn|bln|bn|trn|tn|[kKmMbBT])(?![\w']))?"
)
_LOW_SCALE: Final = r"(?P<low_scale>bn|mn|tn|[kKmMbB])?"
_UNIT: Final = "|".join(re.escape(sign) for sign in sorted(_MONEY, key=len, reverse=True))
_SUM: Final = rf"(?:{NUMBER}|\d+ ?[{VULGAR}]|[{VULGAR}]|\d+,\d{{1,2}}(?!\d|[.,]\d))"
_PER: Final = r"(?:\s?/\s?(?P<per>[A-Za-zµ²³23]+)(?![\w/]))?"
_MINUS: Final = r"(?P<minus>(?<![\w)])[-−–+]\s?)?"


def _sum(match: re.Match[str]) -> str:
    money = _MONEY[match["unit"]]
    low, high = match["low"], match["high"]
    scale = SCALES.get((match["scale"] or "").lower(), match["scale"])
    note = re.match(r" (?:bill|note|coin|banknote)\b", match.string[match.end() :])
    minus = (match["minus"] or match.groupdict().get("inner") or "").strip()
    said = {"": "", "+": "plus "}.get(minus, "minus ")
    if scale or high:
        first = SCALES.get((match.groupdict().get("low_scale") or "").lower(), "")
        first = f" {first}" if first and first != scale else ""
        words = f"{amount(low)}{first} to {amount(high)}" if high else amount(low)
        said += " ".join(filter(None, (words, scale, money.many)))
    elif note:
        said += f"{amount(low)} {money.one}"
    else:
        said += _whole_and_parts(low, money)
    return said + (f" per {per(match['per'])}" if match["per"] else "")


def _whole_and_parts(text: str, money: _Money) -> str:
    if re.search(f"[{VULGAR}]", text):
        return f"{amount(text)} {money.many}"
    units, _, parts = canonical(text).partition(".")
    coins = len(parts) in (1, 2) and bool(money.part)
    if (parts and not coins) or (parts and not units):
        return f"{number(text)} {money.many}"
    cents = int(parts.ljust(2, "0")) if parts else 0
    some = f"{whole(str(cents))} {money.part if cents == 1 else money.parts}"
    if cents and not int(units):
        return some
    told = f"{number(units if parts else text)} {money.one if units == '1' else money.many}"
    return f"{told} and {some}" if cents else told


def _pence(match: re.Match[str]) -> str:
    return f"{number(match[1])} {'penny' if match[1] == '1' else 'pence'}"


MONEY: Final[tuple[Rule, ...]] = (
    rule(r"(?<![\w.,])(\d{1,2})p(?!\w)", _pence),
    rule(
        rf"{_MINUS}(?<![^\W\d_])(?P<unit>{_UNIT})\s?(?P<inner>[-−–])?(?P<low>{_SUM})"
        rf"(?:{_LOW_SCALE}\s?[-–—]\s?(?:{_UNIT})?\s?(?P<high>{_SUM}))?{_SCALE}{_PER}",
        _sum,
    ),
    rule(
        rf"{_MINUS}(?<![\w.])(?P<low>{_SUM})(?:\s?(?:{_UNIT})?\s?[-–—]\s?(?P<high>{_SUM}))?{_SCALE}"
        rf"\s?(?P<unit>{_UNIT})(?!\w|\s?\d){_PER}",
        _sum,
    ),
)
