"""Whether words ask for an answer now, as a question, a request or a short reply does.

In: the words so far, as a transcriber writes them. Out: yes or no. Pure functions on strings; owns
nothing. A whole statement sounds complete by itself, yet often goes on: "I went to the market
yesterday" - "and there were no apples left". So it is known by what it is not: no question mark, no
word that begins a question or a request, not three words or less. Of languages whose words are not
here only the mark and the length count, which waits a little longer rather than cut somebody off.
"""

import re
from typing import Final

FEW: Final = 3
"""So many words are a whole answer: "Yes, of course."."""
FEW_CHINESE: Final = 4
"""The same in Chinese characters: "好的，谢谢"."""
_QUESTION_MARK: Final = re.compile(r"[?？؟]\W*$")
_BEFORE: Final = (
    r"^(?:(?:and|so|but|well|ok|okay|yes|no|sorry|please|hi|hello|hey|excuse me|thanks|thank you)"
    r"\W+)*"
)
_QUESTION: Final = re.compile(
    _BEFORE
    + r"(?:what|where|who|whom|whose|which|when(?= (?:do|does|did|is|are|will|can|was|were))"
    r"|why|how|do|does|did|is|are|am|was|were|can|could|will|would|should|shall|may|might|have|has|"
    r"what's|where's|who's|how's|isn't|aren't|don't you|doesn't|didn't|can't|couldn't|won't)\b"
)
_REQUEST: Final = re.compile(
    _BEFORE
    + r"(?:tell|show|give|send|play|open|close|call|book|order|cancel|repeat|explain|describe|"
    r"say|read|write|sing|count|find|look|search|help|stop|wait|go|start|turn|set|make|let|let's|"
    r"try|use|add|take|bring|put|check|remind|translate|spell|continue|connect|transfer|never mind|"
    r"goodbye|bye)\b"
)
_PLEASE: Final = re.compile(r"\b(?:please|thanks|thank you|right|isn't it|aren't you)\W*$")
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_CHINESE_QUESTION: Final = re.compile(
    r"(?:[吗呢吧]\W*$|什么|怎么|怎样|为什么|哪|谁|多少|几[个点号岁月天]|多[大长久远高]|能不能|可不可以|"
    r"是不是|有没有|好不好|要不要|会不会|对不对)"
)
_CHINESE_REQUEST: Final = re.compile(
    r"^\W*(?:(?:你好|那|好的?|嗯)\W*)*(?:请|麻烦|帮|给我|告诉|讲|说|唱|念|打开|关掉|停|取消|订|播放|"
    r"再见|谢谢|介绍|解释|翻译|查|找|让我们|我们来)"
)


def asks(text: str) -> bool:
    """Whether whoever said `text` waits for the answer; of a statement that may go on: False."""
    said = text.strip().casefold().replace("’", "'")
    if _QUESTION_MARK.search(said):
        return True
    last = re.split(r"[.!?。！？]\s*", re.sub(r"[\W_]+$", "", said))[-1]
    if _CHINESE.search(last):
        few = len(_CHINESE.findall(said)) <= FEW_CHINESE
        return few or bool(_CHINESE_QUESTION.search(last) or _CHINESE_REQUEST.search(last))
    few = len(re.findall(r"[\w']+", said)) <= FEW
    return few or any(rule.search(last) for rule in (_QUESTION, _REQUEST, _PLEASE))
