"""How models mark their thoughts in a text.

In: a text. Out: the marks in it, and whether its end may become one. Pure; owns nothing. Known:
<think>, <thinking>, <reasoning> and their like (DeepSeek, Qwen, prompts), [THINK] (Magistral),
◁think▷ (Kimi), <|START_THINKING|> (Cohere), <|begin_of_thought|> (Open Thoughts), and the channels
of gpt-oss (https://cookbook.openai.com/articles/openai-harmony). A mark right behind a backtick is
only spoken of: it is text.
"""

import re
from typing import Final, Literal, NamedTuple


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


Kind = Literal["open", "shut", "channel", "role", "message", "end", "drop"]

_NAMES: Final = _set(
    "think thinks thinking thought thoughts seed:think reasoning reflection scratchpad "
    "analysis inner_monologue chain_of_thought"
)
_SQUARE: Final = ("THINK", "THINKING", "REASONING")
_ANY: Final = "|".join(sorted(_NAMES, key=len, reverse=True))
_MORE: Final = r"(?:\s[^<>\[\]]{0,80})?"
_MARK: Final = re.compile(
    rf"(?<!`)(?:<(?P<tag>/?(?i:{_ANY})){_MORE}>|\[(?P<square>/?(?:{'|'.join(_SQUARE)}))\]"
    r"|◁(?P<kimi>/?think)▷|<[|｜](?P<control>/?[A-Za-z_▁0-9]{1,40})[|｜]>)"
)
_PARTS: Final[dict[str, Kind]] = {
    "channel": "channel",
    "start": "role",
    "start_header_id": "role",
    "end_header_id": "message",
    "message": "message",
    "end": "end",
    "return": "end",
    "call": "end",
}
_OPENS: Final = re.compile(r"(?:begin|start)_?(?:of_)?(?:thinking|thoughts?|think|reasoning)|think")
_SHUTS: Final = re.compile(r"end_?(?:of_)?(?:thinking|thoughts?|think|reasoning)|/think")
_CONTROL_BEGUN: Final = re.compile(r"<[|｜]/?[A-Za-z_▁0-9]{0,40}[|｜]?")
_TAG_BEGUN: Final = re.compile(rf"</?(?i:{_ANY}){_MORE}")
_LONGEST: Final = 130


class ThoughtMark(NamedTuple):
    """A mark from `begin` to `end`. family: of an opening and the closing that belongs to it."""

    begin: int
    end: int
    kind: Kind
    family: str = ""


def first_mark(text: str, at: int) -> ThoughtMark | None:
    """The first whole mark from `at` on."""
    found = _MARK.search(text, at)
    if found is None:
        return None
    control = (found["control"] or "").lower()
    if not control:
        name = (found["tag"] or found["square"] or found["kimi"]).lower()
        kind: Kind = "shut" if name.startswith("/") else "open"
        return ThoughtMark(found.start(), found.end(), kind, _family(name.removeprefix("/")))
    if _OPENS.fullmatch(control) or _SHUTS.fullmatch(control):
        kind = "open" if _OPENS.fullmatch(control) else "shut"
        return ThoughtMark(found.start(), found.end(), kind, _family("think"))
    return ThoughtMark(found.start(), found.end(), _PARTS.get(control, "drop"))


def begun_at(text: str, at: int) -> int:
    """Where, from `at` on, the end of `text` begins that may become a mark; else its length."""
    for place in range(max(at, len(text) - _LONGEST), len(text)):
        if text[place] in "<[◁" and text[place - 1 : place] != "`" and _may_grow(text[place:]):
            return place
    return len(text)


def _family(name: str) -> str:
    """A model that opens <think> may close </thinking>."""
    return "think" if name.startswith(("think", "thought", "seed")) else name


def _may_grow(rest: str) -> bool:
    name = rest[1:].removeprefix("/")
    match rest[0]:
        case "[":
            return any(known.startswith(name) for known in _SQUARE)
        case "◁":
            return "think▷".startswith(name)
        case _:
            grows = _CONTROL_BEGUN.fullmatch(rest) or _TAG_BEGUN.fullmatch(rest)
            return bool(grows) or any(known.startswith(name.lower()) for known in _NAMES)
