"""Which language a text is in, from its letters and its words.

In: a text, and perhaps the language of what came before it. Out: a BCP 47 code. Pure; owns nothing
but the detector of `models.voice.latin`.

A text has one language, and so one voice: a sentence of three words is no reason to change it. A
sentence in another script than the text's has a language of its own. In mixed text each word of
letters counts once, and each character of Chinese or Japanese: what there is more of decides, so
"我用 Python 写 code" is Chinese and "This is written 丰田 in Chinese" is English.
"""

import re
from collections import Counter
from typing import Final

from models.voice.latin import latin_language
from models.voice.text import greek_named, plain, script_of

DEFAULT_LANGUAGE: Final = "en"
_WORD: Final = re.compile(r"[^\W\d_]+")
_WITHOUT_SPACES: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA"})

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
    base = base_of(language)
    family = next((of for of, special in _OWN_LETTERS.items() if base in special), base)
    own = {script for script, of in _OF_SCRIPT.items() if of == family}
    return frozenset(own | {"", "LATIN"} | ({"CJK"} if base == "ja" else set()))


def language_of(text: str, before: str = "") -> str:
    """BCP 47 code of the text's language.

    before: the language of what was said before, which wins where the text leaves a doubt, and
    where it has no letters; "" is not known, and then English wins.
    "und" (undetermined) for a script that is in no table here.
    """
    text = greek_named(plain(text))
    counts = _script_counts(text)
    if not counts:
        return before or DEFAULT_LANGUAGE
    script = max(counts, key=lambda script: counts[script])
    if script == "LATIN":
        return latin_language(text, base_of(before))
    if "HIRAGANA" in counts or "KATAKANA" in counts:
        return "ja"
    language = _OF_SCRIPT.get(script, "und")
    for special, letters in _OWN_LETTERS.get(language, {}).items():
        if any(letter in text.lower() for letter in letters):
            return special
    return language


def sentence_language(sentence: str, text_language: str) -> str:
    """The language of one sentence of a text: the text's, unless its letters are not."""
    counts = _script_counts(plain(sentence))
    if not counts:
        return text_language
    script = max(counts, key=lambda script: counts[script])
    return text_language if script in scripts_of(text_language) else language_of(sentence)


def base_of(language: str) -> str:
    """The code without its region or variant: de of de-AT, zh of zh_CN."""
    return language.replace("_", "-").partition("-")[0].lower()


def _script_counts(text: str) -> Counter[str]:
    """How many words of each script; of those without spaces, how many characters."""
    counts: Counter[str] = Counter()
    for word in _WORD.findall(text):
        scripts = [script_of(c) for c in word if c.isalpha()]
        spaced = {script for script in scripts if script and script not in _WITHOUT_SPACES}
        counts.update(spaced)
        counts.update(script for script in scripts if script in _WITHOUT_SPACES)
    return counts
