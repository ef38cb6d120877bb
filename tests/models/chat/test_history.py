import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.chat.history import History


def told(history: History) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in history.messages()]


def test_a_call_is_told_in_turn() -> None:
    history = History("Be brief.", 5)
    history.ask("Who are you?")
    history.answer("A face.", interrupted=False)
    history.ask(" Really? ")
    assert told(history) == [
        ("system", "Be brief."),
        ("user", "Who are you?"),
        ("assistant", "A face."),
        ("user", "Really?"),
    ]


def test_only_what_was_heard_is_kept() -> None:
    history = History("", 5)
    history.ask("Tell me a story.")
    history.answer("Once upon a time", interrupted=True)
    history.ask("Shorter!")
    assert told(history) == [
        ("user", "Tell me a story."),
        ("assistant", "Once upon a time…"),
        ("user", "Shorter!"),
    ]


def test_a_question_whose_answer_was_not_heard_is_asked_again() -> None:
    history = History("", 5)
    history.ask("What is the time?")
    history.answer("", interrupted=True)
    history.ask("And the date?")
    assert told(history) == [("user", "What is the time?\nAnd the date?")]


def test_an_answer_heard_in_two_parts_is_one() -> None:
    history = History("", 5)
    history.ask("Hm?")
    history.answer("One.", interrupted=False)
    history.answer("Two", interrupted=True)
    assert told(history)[-1] == ("assistant", "One. Two…")


def test_what_was_spoken_before_any_question_is_not_kept() -> None:
    history = History("", 5)
    history.answer("Welcome!", interrupted=False)
    assert told(history) == []


def test_old_turns_are_forgotten() -> None:
    history = History("", 2)
    for n in range(5):
        history.ask(f"q{n}")
        history.answer(f"a{n}", interrupted=False)
    history.ask("now")
    assert [text for _, text in told(history)] == ["q3", "a3", "q4", "a4", "now"]


def test_no_turns_leave_the_question() -> None:
    history = History("s", 0)
    history.ask("q")
    history.answer("a", interrupted=False)
    history.ask("now")
    assert told(history) == [("system", "s"), ("user", "now")]


def test_an_endpoint_that_is_down_for_a_day_leaves_a_short_history() -> None:
    history = History("", 3)
    for n in range(10_000):
        history.ask(f"q{n}")
    assert told(history) == [("user", "q9996\nq9997\nq9998\nq9999")]


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        History("", -1)
    with pytest.raises(ValueError, match="empty"):
        History("", 1).ask(" \n")


steps = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(["a", "b"])),
    st.tuples(st.just("answer"), st.sampled_from(["", "c", "d…"])),
)


@given(st.lists(steps, max_size=60), st.integers(0, 4), st.booleans())
def test_roles_alternate_and_the_number_of_turns_is_bounded(
    script: list[tuple[str, str]], turns: int, interrupted: bool
) -> None:
    history = History("", turns)
    for act, text in script:
        if act == "ask":
            history.ask(text)
        else:
            history.answer(text, interrupted)
        roles = [message["role"] for message in history.messages()]
        assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"] * (len(roles) % 2)
        assert len(roles) <= 2 * turns + 2
