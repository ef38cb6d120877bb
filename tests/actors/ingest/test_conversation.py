"""A session's turns with a language model: what is said, and what is remembered."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from actors.ingest.answer_notes import AnswerNote, AnswerNotes
from actors.ingest.conversation import Conversation
from actors.ingest.utterance import UtteranceTimes
from data.services import LlmService
from data.tools import HttpTool
from models.chat.history import Message
from models.chat.tools.call import NO_TOOLS, ToolCall, ToolNews, ToolRequest, ToolUse
from models.chat.tools.toolbox import Toolbox
from models.service_error import ServiceError
from runtime.exchange import BEFORE, Caption, Exchange
from tests.actors.session_rig import told, turn
from tests.models.chat.scripted_service import Call, serving

SERVICE = LlmService(url="http://localhost/v1", model="m", system="Be kind.", history=3)


class Model:
    """An endpoint on a script: the deltas of each answer, or an error."""

    def __init__(self, *answers: Sequence[str | ToolRequest | Exception]) -> None:
        self._answers = list(answers)
        self.asked: list[list[Message]] = []
        self.used: list[ToolUse] = []
        self.closed = 0
        self.go = asyncio.Event()
        self.go.set()

    async def stream(
        self, messages: Sequence[Message], use: ToolUse = NO_TOOLS
    ) -> AsyncGenerator[str | ToolRequest]:
        self.asked.append(list(messages))
        self.used.append(use)
        try:
            for delta in self._answers.pop(0):
                await self.go.wait()
                if isinstance(delta, Exception):
                    raise delta
                yield delta
        finally:
            self.closed += 1


class Talk:
    """A conversation, and what was told of it."""

    def __init__(self, model: Model, service: LlmService = SERVICE) -> None:
        self.troubles: list[tuple[int, str]] = []
        self.failed: list[tuple[str, str]] = []
        self.model = model
        self.it = Conversation(
            service,
            model,  # type: ignore[arg-type]  # it streams, which is all that is asked of it
            lambda utterance, what: self.troubles.append((utterance, str(what))),
            lambda name, reason: self.failed.append((name, reason)),
            Toolbox(service),
        )

    async def ask(self, utterance: int, text: str) -> list[str]:
        """The answer's sentences, captioned as they would be when they are spoken."""
        asked = self.it.begin(utterance, text)
        found: list[str] = []
        async for sentence, _ in self.it.answer(asked, UtteranceTimes(0)):
            at = 1000 * len(found)
            asked.captions.append(Caption("sentence", sentence, at, at + 900))
            for number, word in enumerate(sentence.split()):
                asked.captions.append(Caption("word", word, at + 200 * number, at + 200))
            found.append(sentence)
        return found


def texts(messages: list[Message]) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in messages]


def test_sentences_come_as_the_stream_brings_them_and_are_remembered() -> None:
    async def story() -> None:
        talk = Talk(Model(["Good mor", "ning. How are", " you?"], ["Fine."]))
        assert await talk.ask(1, "Hello!") == ["Good morning.", "How are you?"]
        assert await talk.ask(2, "And you?") == ["Fine."]
        assert texts(talk.model.asked[1]) == [
            ("system", "Be kind."),
            ("user", "Hello!"),
            ("assistant", "Good morning. How are you?"),
            ("user", "And you?"),
        ]

    told(story())


def test_the_first_sentence_does_not_wait_for_the_rest() -> None:
    async def story() -> None:
        model = Model(["Good morning. ", "How are you?"])
        talk = Talk(model)
        asked = talk.it.begin(1, "Hello!")
        answer = talk.it.answer(asked, UtteranceTimes(0))
        model.go.clear()
        first = asyncio.ensure_future(anext(answer))
        await turn(20)
        assert not first.done()
        model.go.set()
        assert (await first).text == "Good morning."
        await answer.aclose()

    told(story())


def test_an_interrupt_closes_the_stream_and_what_was_not_heard_is_forgotten() -> None:
    async def story() -> None:
        model = Model(["One two three four. Five six. "] * 9, ["Fine."])
        talk = Talk(model)
        await talk.ask(1, "Count!")
        talk.it.interrupted(1, frame=450 // 40)
        assert await talk.ask(2, "Stop.") == ["Fine."]
        assert texts(model.asked[1])[1:3] == [("user", "Count!"), ("assistant", "One two three…")]

        asked = talk.it.begin(3, "More!")
        model._answers.append(["A. B. C."])
        answer = talk.it.answer(asked, UtteranceTimes(0))
        await anext(answer)
        await answer.aclose()
        assert model.closed == 3
        assert len(asyncio.all_tasks()) == 1

    told(story())


def test_an_answer_of_which_nothing_was_heard_leaves_the_question() -> None:
    async def story() -> None:
        talk = Talk(Model(["Long ago."], ["Yes."]))
        await talk.ask(5, "Tell me a story.")
        talk.it.interrupted(4, frame=100)
        await talk.ask(6, "No, wait.")
        roles = [role for role, _ in texts(talk.model.asked[1])]
        assert roles == ["system", "user"]
        assert "Tell me a story." in texts(talk.model.asked[1])[1][1]
        assert "No, wait." in texts(talk.model.asked[1])[1][1]

    told(story())


def test_a_model_that_fails_is_told_and_the_apology_is_said() -> None:
    async def story() -> None:
        broken = ServiceError("llm", "cut", "the answer ended half way")
        service = LlmService(url="http://x/v1", model="m", apology="I am sorry.")
        talk = Talk(Model(["Well. ", broken]), service)
        assert (await talk.ask(1, "Hello!"))[-1] == "I am sorry."
        assert talk.troubles == [(1, "llm: the answer ended half way")]
        assert talk.failed == [("llm", "cut")]

    told(story())


def test_no_apology_is_said_where_none_is_set() -> None:
    async def story() -> None:
        talk = Talk(Model([ServiceError("llm", "down", "cannot be reached")]))
        assert await talk.ask(1, "Hello!") == []
        assert talk.troubles == [(1, "llm: cannot be reached")]

    told(story())


def test_the_past_is_bounded() -> None:
    async def story() -> None:
        talk = Talk(Model(*(["Yes."] for _ in range(10))))
        for number in range(10):
            await talk.ask(number + 1, f"Question {number}")
        asked = texts(talk.model.asked[-1])
        assert [text for role, text in asked if role == "user"] == [
            f"Question {number}" for number in (7, 8, 9)
        ] or len(asked) <= 2 + 2 * SERVICE.history

    told(story())


def test_what_was_said_before_is_sent_and_an_interrupt_of_now_does_not_cut_it() -> None:
    async def story() -> None:
        talk = Talk(Model(["Ada, I think."], ["Yes."]))
        heard = [Caption("sentence", "Hello Ada.", 0, 900)]
        talk.it.go_on([Exchange(BEFORE, "My name is Ada.", heard)])
        await talk.ask(1, "What is my name?")
        talk.it.interrupted(1, frame=200 // 40)
        await talk.ask(2, "Sure?")
        assert texts(talk.model.asked[1])[1:] == [
            ("user", "My name is Ada."),
            ("assistant", "Hello Ada."),
            ("user", "What is my name?"),
            ("assistant", "Ada, I…"),
            ("user", "Sure?"),
        ]

    told(story())


def test_a_slow_tool_is_apologised_for_once_in_the_turns_language() -> None:
    async def story(language: str, said: str, **settings: Any) -> None:
        gate = asyncio.Event()

        async def slow(call: Call) -> None:
            await gate.wait()
            await call.whole(200, "text/plain", "17")

        async with serving(slow) as tools:
            tool = HttpTool("ask", "", tools.url, read_only=True)
            service = LlmService(url="http://x", model="m", tools=(tool,), **settings)
            call = ToolRequest((ToolCall("c", "ask", "{}"),), {})
            talk = Talk(Model(["Let me see", call], [call], ["It is 17."]), service)
            answer = talk.it.answer(talk.it.begin(1, "?"), UtteranceTimes(0), language)
            assert (await anext(answer)).text == "Let me see"
            if said:
                assert (await anext(answer)).text == said
            gate.set()
            assert [one.text async for one in answer] == ["It is 17."]
            assert talk.model.used[2].rounds[1].results == ("17",)
            assert [note.split(",")[2] for _, note in talk.troubles] == [
                " phase='start'",
                " phase='end'",
            ] * 2

    told(story("en", "One moment, please.", moment_ms=1))
    told(story("zh", "请稍等。", moment_ms=1))
    told(story("de-AT", "Einen Moment, bitte.", moment_ms=1))
    told(story("de", "Augenblick.", moment_ms=1, moment="Augenblick."))
    told(story("tlh", "", moment_ms=1))
    told(story("en", "", moment_ms=0))


def test_tools_of_an_answer_that_nobody_wants_are_not_told() -> None:
    async def story() -> None:
        async def quick(call: Call) -> None:
            await call.whole(200, "text/plain", "17")

        async with serving(quick) as tools:
            service = LlmService(
                url="http://x",
                model="m",
                tools=(HttpTool("ask", "", tools.url, read_only=True),),
            )
            call = ToolRequest((ToolCall("c", "ask", "{}"),), {})
            talk, notes = Talk(Model([call], ["It is 17."]), service), AnswerNotes()
            asked = Exchange(BEFORE, "?")
            answer = talk.it.answer(asked, UtteranceTimes(0), "en", notes=notes)
            assert [one.text async for one in answer] == ["It is 17."]
            assert talk.troubles == []
            heard: list[AnswerNote] = []
            notes.adopt(heard.append)
            assert [note.phase for note in heard if isinstance(note, ToolNews)] == ["start", "end"]

    told(story())


def test_a_filler_is_said_only_where_one_is_set_and_the_answer_is_late() -> None:
    async def story(late: bool, **settings: Any) -> list[str]:
        model = Model(["Good morning. ", "How are you?"])
        talk = Talk(model, LlmService(url="http://x/v1", model="m", **settings))
        said: list[str] = []
        if late:
            model.go.clear()
        async for one in talk.it.answer(talk.it.begin(1, "Hello!"), UtteranceTimes(0)):
            said.append(one.text)
            model.go.set()
        return said

    answer = ["Good morning.", "How are you?"]
    assert told(story(True, filler="Hm.", filler_ms=10)) == ["Hm.", *answer]
    assert told(story(False, filler="Hm.", filler_ms=60_000)) == answer
    assert told(story(False)) == answer


def test_a_draft_says_no_filler_and_does_not_wait_for_one() -> None:
    async def story() -> None:
        model, notes = Model(["Good morning."]), AnswerNotes()
        talk = Talk(model, LlmService(url="http://x/v1", model="m", filler="Hm.", filler_ms=1))
        answer = talk.it.answer(Exchange(BEFORE, "Hello!"), UtteranceTimes(0), notes=notes)
        model.go.clear()
        first = asyncio.ensure_future(anext(answer))
        await turn(50)
        assert not first.done(), "nobody is there to hear it"
        model.go.set()
        assert (await first).text == "Good morning."
        await answer.aclose()
        assert len(asyncio.all_tasks()) == 1

    told(story())
