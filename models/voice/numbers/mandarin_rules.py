"""Ways of writing numbers in Mandarin text, and how they are said.

Rules for `rules.respelled`; `mandarin.py` has those of money and measures. Pure; owns nothing.
"""

import re
import unicodedata
from typing import Final

from models.voice.numbers.mandarin_words import NUMBER, number, spelled, whole
from models.voice.numbers.rules import Rule, rule

TO: Final = r"\s?[-–—−~～至到]\s?"
FREE: Final = r"(?<![A-Za-z\d.])"
"""Numbers stand right behind Hanzi, not behind letters."""
_END: Final = r"(?![A-Za-z\d]|\.\d)"
_CLOCK: Final = r"\d{1,2}[:：]\d{2}(?:[:：]\d{2})?(?![:：]?\d)"
_MEASURES: Final = "个只本张条位名件次天年月岁里台辆间家种块双点倍层支把杯瓶斤周秒分小篇句场座人"
_NAMED: Final = (
    r"(?<=号)|(?<=号码)|(?<=号码是)|(?<=号是)|(?<=验证码)|(?<=验证码是)|(?<=密码)|(?<=密码是)|(?<=邮编)"
    r"|(?<=编码)|(?<=工号)|(?<=QQ)|(?<=代码)|(?<=房间)"
)
_DIALLED: Final = r"(?<=打)|(?<=拨)|(?<=拨打)|(?<=热线)|(?<=电话)|(?<=致电)"
_VERSUS: Final = r"(?:比分|以|战胜|击败|赢|输|打成|战平|战成)\D{0,6}$"
_SIGNS: Final = {
    "<=": "小于等于", ">=": "大于等于", "≤": "小于等于", "≥": "大于等于", "!=": "不等于",
    "≠": "不等于", "≈": "约等于", "±": "正负", "×": "乘", "÷": "除以", "√": "根号", "∞": "无穷大",
    "<": "小于", ">": "大于", "=": "等于", "+": "加", "*": "乘", "−": "减", "%": "百分号",
    "‰": "千分号", "℃": "摄氏度", "℉": "华氏度", "№": "编号", "°": "度",
}  # fmt: skip


def _date(match: re.Match[str]) -> str | None:
    year, month, day = match["y"], int(match["m"]), match.groupdict().get("d")
    if not 1 <= month <= 12 or (day and not 1 <= int(day) <= 31):
        return None
    said = f"{spelled(year)}年{whole(str(month))}月"
    time = match.groupdict().get("t")
    said += f"{whole(str(int(day)))}日" if day else ""
    return said + (_clock(time) or "" if time else "")


def _month_day(match: re.Match[str]) -> str | None:
    month, day = int(match[1]), int(match[2])
    dated = 1 <= month <= 12 < day <= 31 and match.string[match.end() :][:1] not in tuple(_MEASURES)
    return f"{whole(str(month))}月{whole(str(day))}日" if dated else None


def _clock(text: str) -> str | None:
    hours, minutes, *seconds = (int(part) for part in re.split("[:：]", text))
    if hours > 24 or minutes > 59:
        return None
    said = f"{_two(str(hours))}点"
    if minutes or seconds:
        said += f"{'零' * (minutes < 10)}{whole(str(minutes)) if minutes else ''}分"
    return said + (f"{whole(str(seconds[0]))}秒" if seconds else "")


def _times(match: re.Match[str]) -> str | None:
    said = [_clock(text) for text in (match["first"], match["last"]) if text]
    half = {"a": "上午", "p": "下午"}.get((match["half"] or "").strip().lower()[:1], "")
    return half + "到".join(s for s in said if s) if all(said) else None


def _two(digits: str) -> str:
    return "两" if digits == "2" else whole(digits)


def _telephone(match: re.Match[str]) -> str:
    plus = "加" * match[0].startswith("+")
    return plus + "，".join(spelled(group, "幺") for group in re.findall(r"\d+", match[0]))


def _mobile(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match[0])
    return "，".join(spelled(part, "幺") for part in (digits[:3], digits[3:7], digits[7:]))


def _version(match: re.Match[str]) -> str:
    parts = match[1].split(".")
    ip = len(parts) == len("IPv4") and any(len(part) > 2 for part in parts)
    return "点".join(spelled(part) if ip else whole(part) for part in parts)


def _fraction(match: re.Match[str]) -> str:
    if match[0] == "24/7":
        return "二十四小时七天"
    return f"{number(match[2])}分之{number(match[1])}"


def _vulgar(match: re.Match[str]) -> str:
    above, below = unicodedata.normalize("NFKC", match[2]).split("⁄")
    part = f"{whole(below)}分之{whole(above)}"
    return f"{whole(match[1])}又{part}" if match[1] else part


def _range(match: re.Match[str]) -> str:
    """A score where one is spoken of, a difference before an equals sign."""
    behind = match.string[match.end() :]
    ahead = match.string[: match.start()]
    if re.match(r"\s?=", behind):
        by = "减"
    elif re.search(_VERSUS, ahead):
        by = "比"
    else:
        by = "到"
    counted = bool(behind) and behind[0] in _MEASURES and match[1] == "2"
    return f"{'两' if counted else number(match[1])}{by}{number(match[2])}"


def _mixed(match: re.Match[str]) -> str:
    """GPT-4, B2B, A380: a name of letters and digits."""
    if re.fullmatch(r"[BCDGMP]2[BCDEGMP]", match[0]):
        return match[0].replace("2", " to ")
    pieces = re.findall(r"\d+(?:\.\d+)?|[A-Za-z]+", match[0])
    return " ".join(_part(piece) for piece in pieces)


def _part(piece: str) -> str:
    if not piece[0].isdecimal():
        return piece
    return spelled(piece) if len(piece) >= len("380") and piece.isdecimal() else number(piece)


def _power(match: re.Match[str]) -> str:
    text = unicodedata.normalize("NFKC", match[1]).strip("^").replace("−", "-")
    minus = "负" * text.startswith("-")
    return {"2": "的平方", "3": "的立方"}.get(text, f"的{minus}{number(text.lstrip('-'))}次方")


def _scientific(match: re.Match[str]) -> str:
    return f"{number(match[1])}乘以十的{'负' * (match[2] in ('-', '−'))}{number(match[3])}次方"


def _raised(match: re.Match[str]) -> str:
    power = number(unicodedata.normalize("NFKC", match[3]))
    return f"{number(match[1])}乘以十的{'负' * bool(match[2])}{power}次方"


def _sign(match: re.Match[str]) -> str:
    return _SIGNS[match[1]]


def _other(match: re.Match[str]) -> str | None:
    value = unicodedata.numeric(match[0], -1)
    return whole(str(int(value))) if value >= 0 and value == int(value) else None


DATES: Final[tuple[Rule, ...]] = (
    rule(
        rf"{FREE}(?P<y>\d{{4}})([-/.])(?P<m>\d{{1,2}})\2(?P<d>\d{{1,2}})"
        rf"(?:T(?P<t>{_CLOCK})(?:Z|[+-]\d\d:?\d\d)?)?(?![\d/-]|\.\d)日?",
        _date,
    ),
    rule(rf"{FREE}(?P<d>\d{{1,2}})([-/.])(?P<m>\d{{1,2}})\2(?P<y>\d{{4}})(?![\d/-]|\.\d)", _date),
    rule(rf"{FREE}(?P<m>\d{{1,2}})([-/.])(?P<d>\d{{1,2}})\2(?P<y>\d{{4}})(?![\d/-]|\.\d)", _date),
    rule(rf"{FREE}(?P<y>(?:19|20)\d\d)[-/](?P<m>0[1-9]|1[0-2])(?![\d/-]|\.\d)月?", _date),
    rule(rf"{FREE}(\d{{4}}){TO}(\d{{4}})(?=年)", lambda m: f"{spelled(m[1])}到{spelled(m[2])}"),
    rule(rf"{FREE}(\d{{4}})(?=\s?年(?!级|前|后|来|间|了))", lambda m: spelled(m[1])),
    rule(rf"{FREE}(\d{{4}})年{TO}(\d{{4}})(?=年)", lambda m: f"{spelled(m[1])}年到{spelled(m[2])}"),
    rule(rf"{FREE}(\d\d)(?=后(?!面|来|天))", lambda m: spelled(m[1])),
    rule(rf"{FREE}([12]\d{{3}})s(?!\w)", lambda m: f"{spelled(m[1])}年代"),
    rule(
        rf"{FREE}(?P<first>{_CLOCK})(?:{TO}(?P<last>{_CLOCK}))?(?P<half>\s?[AaPp]\.?[Mm]\.?)?(?![A-Za-z])",
        _times,
    ),
    rule(rf"{FREE}(\d{{1,2}})/(\d{{1,2}})(?![\d/]|\.\d)日?", _month_day),
)
CODES: Final[tuple[Rule, ...]] = (
    rule(r"(?<![\d+])1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)", _mobile),
    rule(r"(?<![\w+])\+\d{1,3}(?:[- ]?\(?\d+\)?){2,}(?!\d)", _telephone),
    rule(
        rf"{FREE}(?:\(?0\d{{2,3}}\)?[- ]?\d{{7,8}}|[48]00[- ]?\d{{3,4}}[- ]?\d{{3,4}})(?![\d-])",
        _telephone,
    ),
    rule(rf"(?:{_DIALLED})\d{{3,8}}(?![\d.点,])", _telephone),
    rule(r"(?<!\d)(?:110|119|120|12306|12345)(?=报警|急救|热线)", _telephone),
    rule(
        rf"(?:{_NAMED})[:：]?\s?\d{{3,}}(?![\d.,])",
        lambda m: spelled(re.sub(r"\D", "", m[0]), "幺"),
    ),
    rule(r"(?<!\d)\d{4}(?:[ -]\d{4}){2,}(?!\d)", _telephone),
    rule(r"(?<![\w.-])\d+(?:-\d+){2,}(?![\w-])", _telephone),
    rule(r"(?<![\d.])(\d+(?:\.\d+){2,})(?!\d|\.\d)", _version),
    rule(r"(?<![A-Za-z\d])[vV](\d+(?:\.\d+)*)(?!\w|\.\d)", lambda m: f"V {_version(m)}"),
    rule(r"(?<=[\w])@(?=[\w])", lambda m: "艾特"),
    rule(r"(?<=[A-Za-z])\.(?=[A-Za-z])", lambda m: "点"),
)
NUMBERS: Final[tuple[Rule, ...]] = (
    rule(rf"{FREE}(\d+(?:\.\d+)?)[eE]([-−+]?)(\d{{1,3}})(?!\w)", _scientific),
    rule(rf"{FREE}({NUMBER})\s?[x×]\s?10\^?([-−⁻]?)([\d⁰¹²³⁴-⁹]+)", _raised),
    rule(r"(?<=\w)(\^[-−]?\d+|[⁻]?[⁰¹²³⁴-⁹]+)", _power),
    rule(rf"{FREE}(\d*)\s?([½⅓⅔¼¾⅕-⅞⅐⅑⅒])", _vulgar),
    rule(rf"{FREE}({NUMBER})[/⁄]({NUMBER})(?![\d/])", _fraction),
    rule(
        rf"{FREE}({NUMBER})\s?[:：∶]\s?({NUMBER})(?!\d)",
        lambda m: f"{number(m[1])}比{number(m[2])}",
    ),
    rule(
        rf"{FREE}({NUMBER})\s?[x×]\s?({NUMBER})(?![A-Za-z\d])",
        lambda m: f"{number(m[1])}乘{number(m[2])}",
    ),
    rule(rf"{FREE}({NUMBER}){TO}({NUMBER}){_END}", _range),
    rule(r"(?<![A-Za-z\d])[A-Za-z]+[-‑]?\d+(?:\.\d+)?(?:[A-Za-z]+\d*)*(?!\d)", _mixed),
    rule(r"(?<![A-Za-z\d.])\d+[A-Za-z]+(?:\d+[A-Za-z]*)*", _mixed),
    rule(r"(?<=[A-Z] )(\d{3,4})(?![\w.,%/:-])", lambda m: spelled(m[1])),
    rule(r"[#＃№]\s?(\d+)(?!\d)", lambda m: f"第{whole(m[1])}"),
    rule(rf"(?<=\d)\s?[-−]\s?(?={NUMBER}\s?=)", lambda m: "减"),
    rule(rf"(?:(?<![\w)])|(?<=[\u4e00-\u9fff]))[-−–]\s?({NUMBER})", lambda m: f"负{number(m[1])}"),
    rule(rf"(?<![\w)])\+({NUMBER})", lambda m: f"正{number(m[1])}"),
    rule(rf"(?<!第){FREE}2(?=[{_MEASURES}千])(?!月)", lambda m: "两"),
    rule(r"(?<![\d.])(\d+)(?=[万亿])", lambda m: "两" if m[1] == "2" else whole(m[1])),
    rule(rf"(?<![\d.])({NUMBER})", lambda m: number(m[1])),
    rule(r"\d+", lambda m: whole(m[0])),
)
SIGNS: Final[tuple[Rule, ...]] = (
    rule(
        r"(?<!\w)([A-G])[#♯](?!\w)|(?<=[\u4e00-\u9fff])([A-G])#", lambda m: f"{m[1] or m[2]} sharp"
    ),
    rule(r"(?<=[A-Za-z])(\+{1,2})(?![A-Za-z\d+])", lambda m: "加" * len(m[1])),
    rule(r"(<=|>=|!=|[≤≥≠≈±×÷√∞−%‰℃℉№])", _sign),
    rule(r"(?<=[\w)])\s?([<>=+*])\s?(?=[-−.\w(])", _sign),
    rule(r"(?<!\w)([<>])(?=\s?\d)", _sign),
    rule(r"(?<=\d)\+", lambda m: "以上"),
    rule(r"&", lambda m: "和"),
    rule(r"[①-⓿❶-➓Ⅰ-ↈ㉑-㊿¹²³⁰⁴-⁹]", _other),
)
