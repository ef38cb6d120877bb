"""Whether a transcript breaks off: a clause that nobody ends there.

In: the words so far, as a transcriber writes them. Out: yes or no, or that it may be. Pure
functions on strings; owns nothing. A sentence that ends with an article, a conjunction, a
possessive or "um" goes on; one that ends with a preposition does too, unless it asks ("Where do you
come from?"). Only for languages whose words are here, English and Mandarin; of others nothing is
said to break off.
"""

import re
from typing import Final


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_FILLERS: Final = _set("um umm uh uhm er erm hm hmm eh well")
_NEVER_LAST: Final = _set(
    "a an the my your our their its and or but because if unless while whereas although though "
    "than whether i'd i'll i'm we'd we'll we're you'd you'll they'd they'll let's very every "
    "would could should must gonna wanna"
)
_QUESTION: Final = re.compile(
    r"^(?:(?:and|so|but|well|ok|okay|sorry|please|excuse me)\W+)*"
    r"(?:what|where|who|whom|whose|which|when|why|how)\b"
)
_PREPOSITIONS: Final = _set("about for of to from with at in into on onto by between")
_DANGLING: Final = re.compile(
    r"(?:\b(?:thinking|think|hope|said|mean|thing is) that|\b(?:a|an|the|any|some) \w+ that"
    r"|\bi (?:would|want|need)|\bwould like|\bi'd like|\b(?:want|need|going|have|like|try) to"
    r"|\b(?:can|could|will|would) you (?:please )?(?:tell|show|give) me"
    r"|\bmaybe (?:we|i|you)|^there (?:is|are)|^(?:so )?if (?:we|i|you|he|she|they))$"
)
_FRAGMENT: Final = re.compile(r"^(?:my|your|our|his|her|their|the|an?|this|that) [\w']+\W*$")
_WORD: Final = re.compile(r"[\w']+")
_CHINESE: Final = re.compile(
    r"(?:[嗯呃]|那个|这个|就是|然后|因为|所以|但是|可是|不过|如果|要是|虽然|而且|或者|还有|比如|一个|"
    r"我想|我要|我觉得|想要|[和跟与把被给向从对在的]|关于)$"
)
_CHINESE_WHOLE: Final = re.compile(r"(?:[是好对]|真|可以|谁|你|我|他|她|不)的$")
_CUT: Final = re.compile(r"(?:\.\.\.|…|[,，、;；:：—–-])\s*$")


def breaks_off(text: str) -> bool:
    """Whether the speaker of `text` has more to say by its words alone."""
    said = text.strip().casefold().replace("’", "'")
    if not said:
        return False
    if _CUT.search(said):
        return True
    bare = re.sub(r"[\W_]+$", "", said)
    if _CHINESE.search(bare):
        return not _CHINESE_WHOLE.search(bare)
    words = _WORD.findall(bare)
    if not words:
        return False
    last = words[-1]
    if last in _FILLERS:
        return len(words) > 1 or last != "well"
    if last in _NEVER_LAST or _DANGLING.search(bare):
        return True
    return last in _PREPOSITIONS and not _asks(bare)


def is_fragment(text: str) -> bool:
    """Whether `text` only names somebody or something: "My brother." may be an answer, or the begin
    of a sentence whose next word was not understood."""
    return bool(_FRAGMENT.match(text.strip().casefold()))


def _asks(bare: str) -> bool:
    """Whether a preposition may end its last clause: "What are you looking for?" """
    clause = re.split(r"[.!?。！？]\s*", bare)[-1]
    return bool(_QUESTION.match(clause)) and not re.search(
        r"\b(?:kind|sort|type|lot|the \w+) of$",
        clause,
    )
