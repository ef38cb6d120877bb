"""Text as a voice can read it: composed letters, no invisible characters, scripts named.

Pure functions on strings; owns nothing.
"""

import re
import unicodedata
from typing import Final

from anyascii import anyascii

_CONTROL: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_SIGNS: Final = frozenset("µªº")
"""Letters to Unicode, signs to a reader."""
_PICTURES: Final = re.compile("[\u2600-\u27bf\ufe0e\ufe0f\U0001f000-\U0001faff]+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_GREEK_WORD: Final = re.compile(r"[Ͱ-Ͽἀ-῿]+")

_WEIGHTS: Final = {"CJK": 3, "HIRAGANA": 2, "KATAKANA": 2, "HANGUL": 3}
_DIGIT: Final = 4


def plain(text: str) -> str:
    """Compatibility forms of letters (ﬁ, Ａ, 𝐇) as plain letters; one line; nothing invisible.

    Emoji and dingbats go too: nobody says them. Digits and signs with a meaning of their own
    (x², ½, ™) stay as they are.
    """
    composed = _PICTURES.sub("", unicodedata.normalize("NFC", text))
    letters = (
        unicodedata.normalize("NFKC", c) if c.isalpha() and c not in _SIGNS else c for c in composed
    )
    visible = (
        c if unicodedata.category(c) not in _CONTROL else " " if c.isspace() else ""
        for c in "".join(letters)
    )
    return " ".join("".join(visible).split())


def script_of(letter: str) -> str:
    """The script of one letter as Unicode names it: LATIN, CJK, CYRILLIC, HIRAGANA ...

    "" for what belongs to no script (modifier letters, signs).
    """
    script = unicodedata.name(letter, "").split(" ")[0]
    return "" if letter in _SIGNS or script == "MODIFIER" else script


def weight(character: str) -> int:
    """How many letters of an alphabet last as long as this character does when it is read."""
    if character.isdigit():
        return _DIGIT
    return _WEIGHTS.get(script_of(character), 1) if character > "ᄀ" else 1


def foreign_letters(text: str) -> str:
    """The letters of `text` (made plain) that are not Latin, each once, in order."""
    letters = dict.fromkeys(c for c in text if c.isalpha())
    return "".join(c for c in letters if script_of(c) not in ("", "LATIN"))


def romanised(text: str) -> str:
    """Text in Latin letters with its words in other scripts spelled in Latin: トヨタ -> toyota.

    As the package `anyascii` spells them, which a voice of the text's language then reads. Text
    that is mostly in another script comes back as it is.
    """
    words = _LETTERS.findall(text)
    foreign = [word for word in words if foreign_letters(word)]
    if not foreign or 2 * len(foreign) >= len(words):
        return text
    return _LETTERS.sub(lambda word: _in_latin(word[0]), text)


def _in_latin(word: str) -> str:
    return anyascii(word).strip() if foreign_letters(word) else word


def greek_named(text: str) -> str:
    """Text in Latin letters with its single Greek letters as their English names: α -> alpha.

    Text with whole Greek words, or with nothing Latin in it, comes back as it is.
    """
    words = _GREEK_WORD.findall(text)
    if not words or max(map(len, words)) > 1 or not any(script_of(c) == "LATIN" for c in text):
        return text
    return _GREEK_WORD.sub(_named, text)


def _named(match: re.Match[str]) -> str:
    return unicodedata.name(match[0]).split(" WITH ")[0].split(" ")[-1].lower()
