"""Whether an answer begins like a thought, for models whose template opens it silently.

In: the beginning of an answer. Out: yes, no, or not yet known. Pure; owns nothing. Such a model
writes only `</think>`, so its thought looks like an answer until it is over. It talks *about* the
person ("Okay, the user asks…") or to itself ("Let me see"); an answer talks to the person. Asked
only of a model of which nothing is known yet, so a wrong yes delays one answer.
"""

import re
from typing import Final, Literal


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


Opening = Literal["unknown", "likely", "silent", "written"]
"""silent: its template opens the thought, the text has only the end of it. written: it does not.
likely: by its name alone it is silent."""

_THINKERS: Final = re.compile(
    r"(?:^|[-_/:.])(?:r1|qwq|qvq|thinking|reasoner|reasoning|think)(?![a-z0-9])", re.IGNORECASE
)
_BEGINNING: Final = 300
"""Characters that are looked at."""
_QUIET: Final = re.compile(r"[\s,.:;!?…*#\"“”()，。、：！？\-–—~]+")
_OPENERS: Final = _set("ok okay alright right so well now first firstly oh ah wait yeah")
_CHINESE_OPENERS: Final = re.compile(r"(?:好的?|那么?|首先|现在|哦|啊|嗯+|唔)\s*")
_HUMS: Final = _set("hm hmm hmmm um uh")
_PERSON: Final = "user|question|query|prompt|person|human|request|message|task|problem|instruction"
_TO_ITSELF: Final = _set(
    "think see recall consider figure break start work check count compute calculate "
    "analyze answer look go try verify address respond craft draft read understand unpack "
    "approach solve find write make remember determine parse tackle examine reason begin do "
    "be"
)
_PHRASES: Final = (
    *(f"the {word}" for word in (*_PERSON.split("|"), "conversation", "system prompt", "goal")),
    *("okay so", "ok so", "alright so", "user", "this user", "this person", "someone"),
    *("they want", "they are asking", "they're asking", "they asked", "they said", "they've asked"),
    *("i need to", "i should", "i must", "i have to", "i am asked", "i'm asked", "i'm being asked"),
    *("i am being asked", "i was asked", "i recall", "i'll answer", "i'll respond", "i'll reply"),
    *("i want to answer", "i will answer", "i will respond", "i can answer", "i could answer"),
    *("i'll keep", "i'll say", "i wonder", "i've been asked", "i have been asked", "i've got"),
    *("i'm thinking", "i am thinking", "i think the user", "my task", "my goal", "my response"),
    *(f"{let} {verb}" for let in ("let me", "let's", "let us") for verb in _TO_ITSELF),
    *("we need to", "we have to", "we should", "we must", "we are asked", "we're asked"),
    *("we are given", "we want to", "we can answer", "need to answer", "need to respond"),
    *("must answer", "should answer", "should respond", "have to answer", "the answer should"),
    *("to answer", "to respond", "to solve", "to figure", "to determine", "the response should"),
    *("it seems the user", "it looks like the user", "it seems like the user", "seems like"),
    *("this seems like", "this looks like", "this appears", "looks like the user"),
    *(f"{it} a {kind} {what}" for it in ("this is", "that's", "it's", "that is", "it is", "this's")
      for kind in ("simple", "straightforward", "basic", "common", "general", "math", "casual")
      for what in ("question", "greeting", "request", "query", "one", "problem", "task")),
    *("simple question", "simple greeting", "a simple question", "simple math", "simple sum"),
    *("this is a question", "this is a request", "this is a greeting", "this question"),
    *("looking at the", "given the", "given that", "considering the", "based on the question"),
    *("thinking process", "thinking about", "thought process", "here's a thinking process"),
    *("here is a thinking process", "here's my thinking", "reasoning", "asked about", "asks about"),
    *("der nutzer", "der benutzer", "die nutzerin", "ich muss", "ich sollte", "die frage"),
    *("l'utilisateur", "je dois", "el usuario", "debo", "tengo que", "l'utente", "o usuário"),
    *("пользователь", "мне нужно", "kullanıcı"),
)  # fmt: skip
_CHINESE: Final = _set(
    "用户 这个用户 该用户 看起来用户 有人问 我需要 我应该 我得 我要先 我想想"
    " 我先 我来想 我现在 让我想 让我看 让我思考 让我分析 让我们 我们需要 我们来"
    " 我们先 想一下 问题是 这个问题 题目 对方 提问者 这是一个 根据问题 需要回答"
    " ユーザー 사용자"
)
"""Without spaces between words: nothing need follow."""
_ALL: Final = (*_PHRASES, *_CHINESE, *_OPENERS, *_HUMS, "首先", "那么", "现在")


def opening_of(model: str) -> Opening:
    """What a model's name says: some are made to think."""
    return "likely" if _THINKERS.search(model) else "unknown"


def reads_like_thought(text: str) -> bool | None:
    """Whether an answer that begins with `text` may be a thought; None: more must be seen.

    The more is a word or two, as long as what is there may still become one of the phrases."""
    if len(text) > _BEGINNING:
        return reads_like_thought(text[:_BEGINNING]) or False
    words = _QUIET.sub(" ", text.lower().replace("’", "'")).lstrip()
    while True:
        if (opener := _CHINESE_OPENERS.match(words)) is not None:
            words = words[opener.end() :]
            continue
        if any(_is_said(phrase, words) for phrase in _PHRASES):
            return True
        word, space, rest = words.partition(" ")
        if word in _HUMS and space:
            return True
        if word not in _OPENERS or not space:
            break
        words = rest
    if any(words.startswith(phrase) for phrase in _CHINESE):
        return True
    return None if any(phrase.startswith(words) for phrase in _ALL) else False


def _is_said(phrase: str, words: str) -> bool:
    behind = words[len(phrase) : len(phrase) + 1]
    return words.startswith(phrase) and bool(behind) and not behind.isalpha()
