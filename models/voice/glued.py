"""Sentences that were written without a space between them: "It is done.Then we left."

In: a text and a mark in it. Out: whether a sentence ends there. Pure; owns nothing. Language models
whose pieces lost a space write so. A dot inside a name is none: "Node.Js", "example.Com", "U.S.A",
"README.Md", "System.Out.print".
"""

import re
from typing import Final

from models.voice.abbreviations import ABBREVIATIONS


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FAR: Final = 40
"""A word that is longer is not looked at."""
_MARKS: Final = re.compile(r"[.!?…]{1,10}[”’»)\]]{0,3}")
_SIGNS: Final = (".", "!", "?", "…")
_BEFORE: Final = re.compile(
    r"(?<![^\s\"'“”‘’«»(\[—–-])([^\W_]+)(?:['’][^\W\d_]{1,3})?[”’»)\]]{0,3}\Z"
)
_AFTER: Final = re.compile(r"[\"'“‘«(]?([^\W\d_]+)(?=$|[\s,;:!?—–'’…\"”)]|\.(?:\s|$))")
_SUFFIXES: Final = _set(
    "com net org io uk de fr eu ai app dev gov edu info js ts jsx tsx vue py rb rs go cs "
    "cpp java md txt pdf png jpg jpeg gif svg webp html htm css json xml yaml yml toml csv "
    "doc docx xls xlsx ppt pptx zip tar gz exe dll mp3 mp4 wav avi mov php sh sql log ini "
    "cfg conf iso apk jar ipynb heic tiff bmp psd aac flac ogg mkv webm tgz rar dmg msi deb "
    "rpm bak tmp srt vtt tex rst scss sass kt swift scala dart lua hpp xyz tv ly gg co us "
    "ca au nz jp cn kr nl es pl se br mx onnx bin bat env lock core beta alpha final "
    "release"
)
_STARTERS: Final = _set(
    "a after all also although and another any are as at because before both but by can "
    "could did do does each even every finally first for from had has have he her here his "
    "how however i if in instead is it its just last let like many maybe me more most my "
    "next no not now of on once one only or other our over please second she should since "
    "so some sometimes still such thank thanks that the their them then there these they "
    "this those though through thus to today together too two under until use was we well "
    "were what when where whether which while who why will with would yes yet you your"
)
"""Words that begin sentences, and are no second half of a name."""
_SMALLEST: Final = 2
_NAME: Final = 3
"""Letters: "Node.Js" and "System.Out" are names, "Paris.Everyone" is none."""
_NUMBER: Final = re.compile(r"\d{3,}\Z")


def glued(text: str, at: int, language: str = "") -> int:
    """The length of the mark at `text[at]`, with its closing quotes, if the next sentence follows
    it without a space; else 0. language: whose abbreviations are known; English without one."""
    mark = _MARKS.match(text, at)
    if mark is None or text[at - 1 : at] in _SIGNS:
        return 0
    after = _AFTER.match(text, mark.end(), mark.end() + FAR)
    before = _BEFORE.search(text, max(0, at - FAR), at)
    if after is None or before is None or not _begins(after[1]):
        return 0
    first, second = before[1], after[1].lower()
    starts = second in _STARTERS
    if mark[0][0] in "!?…" or len(mark[0]) > 1:
        return len(mark[0]) if len(first) >= _SMALLEST or starts else 0
    if first.lower() in ABBREVIATIONS.get(language or "en", ()) or second in _SUFFIXES - _STARTERS:
        return 0
    if first[-1].isdigit():
        return 1 if _NUMBER.fullmatch(first) else 0
    if len(first) < _SMALLEST:
        return 0
    name = not first.islower() and (len(first) < _NAME or len(second) <= _NAME)
    return 1 if starts or not name else 0


def spaced(text: str, language: str = "") -> str:
    """`text` with a space where one is missing between two sentences."""
    parts, done = [], 0
    for mark in _MARKS.finditer(text):
        if length := glued(text, mark.start(), language):
            parts.append(text[done : mark.start() + length])
            done = mark.start() + length
    return " ".join([*parts, text[done:]])


def _begins(word: str) -> bool:
    """Whether a word is written as a sentence's first: a capital, the others small."""
    return word[0].isupper() and (len(word) == 1 or word[1:].islower())
