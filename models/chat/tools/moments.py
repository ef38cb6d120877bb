"""What is said while a tool takes long, in the language of the turn.

In: a language code. Out: a few words, "" for a language that is not known here. Pure; owns nothing.
"""

from typing import Final

_WORDS: Final = {
    "ar": "لحظة من فضلك.",
    "bg": "Един момент, моля.",
    "ca": "Un moment, si us plau.",
    "cs": "Okamžik, prosím.",
    "da": "Et øjeblik.",
    "de": "Einen Moment, bitte.",
    "el": "Μια στιγμή, παρακαλώ.",
    "en": "One moment, please.",
    "es": "Un momento, por favor.",
    "et": "Üks hetk, palun.",
    "fi": "Hetkinen.",
    "fr": "Un instant, s'il vous plaît.",
    "he": "רגע אחד, בבקשה.",
    "hi": "एक क्षण, कृपया।",
    "hr": "Trenutak, molim.",
    "hu": "Egy pillanat, kérem.",
    "id": "Sebentar, ya.",
    "it": "Un momento, per favore.",
    "ja": "少々お待ちください。",
    "ko": "잠시만 기다려 주세요.",
    "lt": "Minutėlę, prašau.",
    "lv": "Vienu mirkli, lūdzu.",
    "ms": "Sebentar, ya.",
    "nb": "Et øyeblikk.",
    "nl": "Een moment, alstublieft.",
    "pl": "Chwileczkę, proszę.",
    "pt": "Um momento, por favor.",
    "ro": "Un moment, vă rog.",
    "ru": "Одну минуту, пожалуйста.",
    "sk": "Moment, prosím.",
    "sl": "Trenutek, prosim.",
    "sr": "Тренутак, молим.",
    "sv": "Ett ögonblick.",
    "th": "รอสักครู่",
    "tr": "Bir dakika lütfen.",
    "uk": "Хвилинку, будь ласка.",
    "vi": "Xin chờ một chút.",
    "zh": "请稍等。",
}
_SAME: Final = {"no": "nb", "nn": "nb", "cmn": "zh", "yue": "zh", "iw": "he"}


def moment_in(language: str) -> str:
    """In the language of a BCP 47 tag; English where it is not known which is spoken."""
    code = language.replace("_", "-").partition("-")[0].lower() or "en"
    return _WORDS.get(_SAME.get(code, code), "")
