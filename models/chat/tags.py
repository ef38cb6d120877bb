"""Tags and entities of HTML and SSML, as they are said aloud.

In: a text and the place of a `<` or `&` in it. Out: what stands there, and what is said for it.
Pure; owns nothing. A name counts as a tag if it is one of HTML's or SSML's, or if it is written as
only a tag is: closed, with a value, with a prefix. "a < b" and "x<y" stay text.
(https://html.spec.whatwg.org/#syntax-tags, https://www.w3.org/TR/speech-synthesis11/)
"""

import html
import re
from html.entities import html5
from typing import Final, NamedTuple


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


BREAK: Final = "\n\n"
"""Said for what begins a paragraph, and for a pause."""
_LONGEST: Final = 2000
"""Characters; what has no end by then is text."""
_NAME: Final = r"[A-Za-z][\w.:-]{0,40}"
_VALUE: Final = r"\"[^\"]*\"|'[^']*'|[^\s\"'<>`=]+"
_BARE: Final = (
    "(?:async|autofocus|autoplay|checked|controls|default|defer|disabled|download|hidden|inert"
    "|loop|multiple|muted|nowrap|open|playsinline|readonly|required|reversed|selected)"
)
_ATTRIBUTE: Final = rf"\s+(?:[A-Za-z_:][\w.:-]{{0,40}}=(?:{_VALUE})|{_BARE}(?=[\s/>]))"
_TAG: Final = re.compile(
    rf"<(?P<shut>/?)(?P<name>{_NAME})(?P<more>(?:{_ATTRIBUTE})*)\s*(?P<alone>/?)>"
)
_OTHER: Final = re.compile(r"<!DOCTYPE[^<>]*>|<\?[A-Za-z][^<>]*\?>|<!\[CDATA\[", re.IGNORECASE)
_COMMENT: Final = "<!--"
_BEGUN: Final = re.compile(
    rf"<(?:/?(?:{_NAME}(?:{_ATTRIBUTE})*"
    r"(?:\s+(?:[A-Za-z_:][\w.:-]{0,40}(?:=(?:\"[^\"]*|'[^']*|[^\s\"'<>`=]*))?)?|\s*/)?)?"
    r"|!(?:-|\[[A-Za-z]{0,5}|D[^<>]*)?|\?(?:[A-Za-z][^<>]*)?)?",
    re.IGNORECASE,
)
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ENTITY_BEGUN: Final = re.compile(
    r"&(?:#(?:\d{0,7}|[xX][0-9a-fA-F]{0,6})|[A-Za-z][A-Za-z0-9]{0,31})?"
)
_PARAGRAPHS: Final = _set(
    "address article aside blockquote body br break caption center dd details dialog div dl "
    "dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend "
    "li main menu nav ol option p pre section speak summary table tbody tfoot thead title "
    "tr ul"
)
_INLINE: Final = _set(
    "a abbr audio b bdi bdo big button canvas cite code col colgroup data datalist del desc "
    "dfn em embed emphasis font i iframe img input ins kbd label lang lexicon link lookup "
    "map mark meta metadata meter nobr noscript object optgroup output param phoneme "
    "picture progress prosody q rp rt ruby s samp say-as script select slot small source "
    "span strike strong style sub sup svg td template textarea th time token tt u var video "
    "voice w wbr"
)
_WRAPPERS: Final = frozenset({"answer", "response", "reply"})
"""No tags of any standard, but models are told to write their answers between them."""
_UNSAID: Final = frozenset({"script", "style"})
_NO_PAUSE: Final = re.compile(r"strength=[\"']none|time=[\"']\+?0*(?:\.0*)?m?s")


class Tag(NamedTuple):
    """What stands there. says: `BREAK`, a character, or "". until: what ends the part behind it
    that is not said either, "" for none."""

    length: int
    says: str = ""
    name: str = ""
    shut: bool = False
    until: str = ""


def may_grow(text: str, at: int) -> bool:
    """Whether all from `text[at]` on may be the beginning of a tag or an entity."""
    begun = _BEGUN if text[at] == "<" else _ENTITY_BEGUN
    return len(text) - at < _LONGEST and begun.fullmatch(text, at) is not None


def tag_at(text: str, at: int) -> Tag | None:
    """The tag or entity that begins at `text[at]`; None when it is text."""
    if text[at] == "&":
        return _entity(text, at)
    if text.startswith(_COMMENT, at):
        return Tag(len(_COMMENT), until="-->")
    if other := _OTHER.match(text, at, at + _LONGEST):
        return Tag(len(other[0]))
    found = _TAG.match(text, at, at + _LONGEST)
    if found is None:
        return None
    name, length = found["name"].lower(), len(found[0])
    written = found["shut"] or found["alone"] or found["more"] or ":" in name or "-" in name
    if not written and name not in _PARAGRAPHS | _INLINE | _WRAPPERS:
        return None
    pause = name in _PARAGRAPHS and not (name == "break" and _NO_PAUSE.search(found["more"]))
    unsaid = name in _UNSAID and not found["shut"] and not found["alone"]
    return Tag(
        length, BREAK if pause else "", name, bool(found["shut"]), f"</{name}>" if unsaid else ""
    )


def _entity(text: str, at: int) -> Tag | None:
    found = _ENTITY.match(text, at)
    if found is None:
        return None
    name = found[0][1:]
    if not name.startswith("#") and name not in html5:
        return None
    meant = html.unescape(found[0])
    return Tag(len(found[0]), " " if meant.isspace() else meant)
