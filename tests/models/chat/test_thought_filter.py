import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.chat.silent_thoughts import opening_of
from models.chat.thought_filter import ThoughtFilter


def said(pieces: list[str]) -> str:
    thoughts = ThoughtFilter()
    return "".join(map(thoughts.push, pieces)) + thoughts.finish()


ANALYSIS = "<|channel|>analysis<|message|>"
FINAL = "<|channel|>final<|message|>"
TOOL = "<|channel|>commentary to=functions.f <|constrain|>json<|message|>"


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Hello.", "Hello."),
        ("<think>Hm.</think>Hello.", "Hello."),
        ("<think>\n\n</think>\n\nHello.", "\n\nHello."),
        ("A <think>b</think> c <think>d</think> e", "A  c  e"),
        ("<think>never ends", ""),
        ("1 < 2 <thin", "1 < 2 <thin"),
        ("<<think>x</think>>", "<>"),
        ("<think>a </thin </think>b", "b"),
        ("<thinking>a</thinking>b", "b"),
        ("<Reasoning kind='x'>a</Reasoning>b", "b"),
        ("<thinking>a<reflection>b</reflection>c</thinking>d", "d"),
        ("<think>a</thinking>b", "b"),
        ("[THINK]a[/THINK]b [reason] [TH", "b [reason] [TH"),
        ("◁think▷a◁/think▷b", "b"),
        ("<|START_THINKING|>a<|END_THINKING|>b", "b"),
        ("<|begin_of_thought|>a<|end_of_thought|>b<|im_end|>", "b"),
        (f"{ANALYSIS}a<|end|><|start|>assistant{FINAL}b<|return|>", "b"),
        (f"{ANALYSIS}a<|end|>{FINAL}b", "b"),
        (f"{ANALYSIS}a{FINAL}b", "b"),
        (f"{ANALYSIS}a<|end|>assistant{FINAL}b", "b"),
        (f"{ANALYSIS}a<|end|>b", "b"),
        (f"{ANALYSIS}never ends", ""),
        (f"{TOOL}a<|call|>{FINAL}b", "b"),
        ("<|start|>assistant<|message|>b<|end|>", "b"),
        ("analysisWe see.assistantfinalb", "b"),
        ("analysis of it", "analysis of it"),
        ("Write `<think>` and `</think>`.", "Write `<think>` and `</think>`."),
    ],
)
def test_thoughts_are_left_out(text: str, spoken: str) -> None:
    assert said([text]) == spoken
    assert said(list(text)) == spoken


SILENT = [
    ("Okay, the user asks for the time. Let me see.\n</think>\n\nIt is noon.", "\n\nIt is noon."),
    ("Hmm. Two and two.</think>Four.", "Four."),
    ("The user wants a joke.</think>Knock.", "Knock."),
    ("Alright, so I need to be brief.</think>Yes.", "Yes."),
    ("First, I should check it.</think>Yes.", "Yes."),
    ("**Thinking Process:**\n1. Look</think>Yes.", "Yes."),
    ("We need to answer.</think>Yes.", "Yes."),
    ("Let's think about it.</think>Yes.", "Yes."),
    ("嗯，用户在问天气。我需要回答。</think>晴天。", "晴天。"),
    ("好的，我现在需要处理这个问题。</think>晴天。", "晴天。"),
    ("首先，用户想知道答案。</think>四。", "四。"),
]


@pytest.mark.parametrize(("text", "spoken"), SILENT)
def test_a_thought_that_was_opened_silently_is_left_out(text: str, spoken: str) -> None:
    for pieces in ([text], list(text)):
        thoughts = ThoughtFilter()
        assert "".join(map(thoughts.push, pieces)) + thoughts.finish() == spoken
        assert thoughts.opening == "silent"
    again = ThoughtFilter("silent")
    assert again.push("Two and two is four. ") == ""
    assert again.push("</think>Four") == "Four"


def test_one_known_to_open_silently_may_answer_without_a_thought() -> None:
    thoughts = ThoughtFilter("silent")
    assert thoughts.push("It is noon.") == ""
    assert thoughts.finish() == "It is noon."
    assert thoughts.opening == "silent"
    cut_off = ThoughtFilter("silent")
    assert cut_off.push("It is noon.") + cut_off.finish(whole=False) == ""


def test_an_end_behind_what_was_said_parts_it() -> None:
    assert said(["Sure</think>Yes."]) == "Sure\n\nYes."


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Hello", 2),
        ("Sure, I can", 4),
        ("The capital", 5),
        ("Okay, you can", 7),
        ("好的，没问题", 4),
        ("今天", 0),
    ],
)
def test_an_answer_waits_for_a_word_at_most(text: str, held: int) -> None:
    thoughts = ThoughtFilter()
    waited = next(n for n, c in enumerate(text) if thoughts.push(c))
    assert waited <= held
    assert thoughts.finish() == ""
    assert thoughts.opening == "written"
    assert ThoughtFilter("written").push(text[0]) == text[0]


@pytest.mark.parametrize(
    "model", ["deepseek-r1:7b", "qwq", "Qwen3-4B-Thinking-2507", "deepseek-reasoner"]
)
def test_a_name_may_tell_that_a_model_thinks(model: str) -> None:
    assert opening_of(model) == "likely"
    assert opening_of("llama3.2") == opening_of("rethinking1") == "unknown"


PIECES = [
    *(
        "<think>",
        "</think>",
        "<",
        "thi",
        "nk>",
        "/",
        "a",
        "`",
        "Okay, ",
        "the user ",
        "\n",
        "[THINK]",
    ),
    *(
        "[/THINK]",
        "analysis",
        "We",
        "assistantfinal",
        ANALYSIS,
        FINAL,
        "<|end|>",
        "<|",
        "<reasoning>",
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=20))
def test_any_cutting_says_the_same(pieces: list[str]) -> None:
    assert said(pieces) == said(["".join(pieces)]) == said(list("".join(pieces)))


def test_text_is_not_held_back() -> None:
    assert ThoughtFilter().push("Hello <b") == "Hello <b"
    assert ThoughtFilter().push("Hello <t") == "Hello "
