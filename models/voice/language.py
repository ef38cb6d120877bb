"""Which language a sentence is in, from its letters and its small words.

In: a sentence. Out: a BCP 47 code. Pure; owns nothing.

One sentence has one language and is spoken by one voice. In mixed text the script that is not
Latin decides: eSpeak's Mandarin, Russian and so on read Latin words as English inside their own
sentence, so "我用 Python 写 code" keeps one speaker and one intonation. Cutting it into runs would
change the speaker in the middle of a sentence.
"""

from collections import Counter
from typing import Final

from models.voice.latin import latin_language
from models.voice.text import greek_named, plain, script_of

DEFAULT_LANGUAGE: Final = "en"

_OF_SCRIPT: Final = {
    "CJK": "zh",
    "BOPOMOFO": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CYRILLIC": "ru",
    "ARABIC": "ar",
    "HEBREW": "he",
    "GREEK": "el",
    "ARMENIAN": "hy",
    "GEORGIAN": "ka",
    "DEVANAGARI": "hi",
    "BENGALI": "bn",
    "GURMUKHI": "pa",
    "GUJARATI": "gu",
    "ORIYA": "or",
    "TAMIL": "ta",
    "TELUGU": "te",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "SINHALA": "si",
    "THAI": "th",
    "MYANMAR": "my",
    "ETHIOPIC": "am",
    "CHEROKEE": "chr",
    "KHMER": "km",
    "LAO": "lo",
    "TIBETAN": "bo",
    "MONGOLIAN": "mn",
}

_OWN_LETTERS: Final = {
    "ru": {"uk": "іїєґ", "be": "ў", "sr": "ђћџљњј", "mk": "ѓќѕ", "kk": "қңұһ"},
    "ar": {"ur": "ٹڈڑےں", "fa": "پچژگ"},
}
"""Letters that tell another language of the same script, the surer language first."""


def scripts_of(language: str) -> frozenset[str]:
    """The scripts that a voice of this language reads; Latin is always among them.

    As `text.script_of` names them; region and variant of the code do not matter.
    """
    base = language.replace("_", "-").partition("-")[0]
    family = next((of for of, special in _OWN_LETTERS.items() if base in special), base)
    own = {script for script, of in _OF_SCRIPT.items() if of == family}
    return frozenset(own | {"", "LATIN"} | ({"CJK"} if base == "ja" else set()))


def language_of(sentence: str) -> str:
    """BCP 47 code of the sentence's language; "en" for numbers alone.

    "und" (undetermined) for a script that is in no table here.
    """
    text = greek_named(plain(sentence))
    scripts = Counter(script_of(c) for c in text if c.isalpha())
    del scripts[""]
    other = {script: count for script, count in scripts.items() if script != "LATIN"}
    if not other:
        return latin_language(text) if scripts else DEFAULT_LANGUAGE
    if "HIRAGANA" in other or "KATAKANA" in other:
        return "ja"
    language = _OF_SCRIPT.get(max(other, key=lambda script: other[script]), "und")
    for special, letters in _OWN_LETTERS.get(language, {}).items():
        if any(letter in text.lower() for letter in letters):
            return special
    return language
