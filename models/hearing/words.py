"""How many words a text has, and whether it only says "go on, I am listening".

Pure functions on strings; owns nothing.
"""

import re
from collections.abc import Iterable
from typing import Final

_WIDE: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD: Final = re.compile(rf"[{_WIDE}]|[^\W_{_WIDE}]+(?:['’.\-][^\W_{_WIDE}]+)*")
_WIDE_SEAM: Final = re.compile(rf"[{_WIDE}，。！？、；：]")
_NOT_SAID: Final = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫]+")
"""How Whisper writes what is no speech: [BLANK_AUDIO], (coughing), *sighs*, ♪."""
_REPEATED: Final = re.compile(r"([^\W\d_])\1+")
_ENGLISH: Final = (
    "m mh mhm hm hmhm uh uhuh um ah aha ahuh oh er erm huh wow "
    "yeah yea yah yep yup ok okay right sure alright"
)
"""Without hyphens, each letter once: "mm-hmm" is mhm."""
_SOUNDS: Final = frozenset(_REPEATED.sub(r"\1", _ENGLISH).split())
_PHRASE: Final = re.compile(r"\b(?:i see|got it|of course)\b")
_CHINESE: Final = re.compile(
    r"(?:[嗯恩哦噢喔啊呃唔额哈对是好行]|嗯哼|好的|是的|对的|没错|这样|明白|知道了?|了解)+"
)
_QUIET: Final = re.compile(r"[\W_]+")


def spoken(text: str) -> str:
    """`text` without a transcriber's notes of what is no speech, on one line."""
    return " ".join(_NOT_SAID.sub(" ", text).split())


def words_in(text: str) -> int:
    """Words of `text`; each character counts in Chinese and Japanese, which have no spaces."""
    return len(words_of(text))


def words_of(text: str) -> list[str]:
    """The words that `words_in` counts, in order, in lower case."""
    return _WORD.findall(spoken(text).casefold())


def joined(texts: Iterable[str]) -> str:
    """The texts of one turn's parts as one: with a space between them, but for Chinese and
    Japanese."""
    whole = ""
    for text in texts:
        wide = _WIDE_SEAM.search(whole[-1:] + text[:1]) is not None
        whole += text if wide or not (whole and text) else f" {text}"
    return whole


def is_backchannel(text: str) -> bool:
    """Whether all of `text` only shows that somebody listens: "mhm", "uh-huh, right", "嗯，对".

    Answers of their own ("yes", "no", "stop", "不") are none. False for a text without words.
    """
    words = " ".join(re.split(r"[^\w\-]+", spoken(text).casefold())).strip()
    words = _PHRASE.sub("ok", words)
    if not (letters := _QUIET.sub("", words)):
        return False
    if _CHINESE.fullmatch(letters):
        return True
    joined = (_QUIET.sub("", word) for word in words.split())
    return all(_REPEATED.sub(r"\1", word) in _SOUNDS for word in joined if word)
