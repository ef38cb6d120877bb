"""What is kept of a session's conversation, and how much of each answer was heard."""

from runtime.exchange import BEFORE, NOTHING, WHOLE, Caption, Exchange
from runtime.messages import CaptionCue
from server.sessions.conversation_log import ConversationLog


def cue(utterance: int, text: str, start_ms: int = 0) -> CaptionCue:
    return CaptionCue("s", 0, utterance, start_ms // 40, "sentence", text, start_ms, start_ms + 900)


def test_questions_with_what_was_heard_of_their_answers() -> None:
    log = ConversationLog(5)
    log.asked(1, "My name is Ada.")
    log.caption(cue(1, "Hello Ada."))
    log.caption(cue(9, "Nobody asked for this."))
    log.asked(2, "Who are you?")
    log.caption(cue(2, "A face."))
    log.asked(3, "And why?")
    log.interrupted(2, 11)
    assert log.exchanges() == [
        Exchange(BEFORE, "My name is Ada.", [Caption("sentence", "Hello Ada.", 0, 900)], WHOLE),
        Exchange(BEFORE, "Who are you?", [Caption("sentence", "A face.", 0, 900)], 11),
        Exchange(BEFORE, "And why?", [], NOTHING),
    ]


def test_only_the_newest_stay_and_what_is_refused_or_asked_again_does_not() -> None:
    log = ConversationLog(2)
    for number in range(1, 5):
        log.asked(number, f"Question {number}")
    log.forget(4)
    assert [one.text for one in log.exchanges()] == ["Question 3"]
    log.asked(5, "Question 5")
    assert [one.text for one in log.exchanges(without={5})] == ["Question 3"]
    log.interrupted(3, 4)
    log.asked(5, "Question 5")
    assert [one.until for one in log.exchanges()] == [4, WHOLE]


def test_another_session_goes_on_with_it() -> None:
    first, second = ConversationLog(5), ConversationLog(5)
    first.asked(1, "My name is Ada.")
    second.go_on(first.exchanges())
    second.asked(1, "What is my name?")
    second.caption(cue(1, "Ada."))
    before, now = second.exchanges()
    assert (before.text, before.captions) == ("My name is Ada.", [])
    assert (now.text, len(now.captions)) == ("What is my name?", 1)


def test_an_interrupt_before_anything_was_said_leaves_what_was_said_before_whole() -> None:
    log = ConversationLog(5)
    log.go_on([Exchange(BEFORE, "Who?", [Caption("sentence", "A face.", 0, 900)])])
    log.interrupted(0, 0)
    assert [one.until for one in log.exchanges()] == [WHOLE]
