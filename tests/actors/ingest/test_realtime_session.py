"""A conversation with a model that hears and speaks itself, over a real WebSocket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from actors.ingest.answer_notes import AnswerNote
from actors.ingest.conversation import Conversation
from actors.ingest.realtime_session import RealtimeSession
from actors.ingest.speech_frames import SpeechPart
from actors.ingest.utterance import UtteranceTimes
from data.services import LlmService
from data.tools import HttpTool
from data.units import CHUNK_MS
from models.chat.guide import Guide
from models.chat.realtime.link import RealtimeLink
from models.chat.tools.call import ToolNews
from models.chat.tools.toolbox import Toolbox
from models.service_error import ServiceError
from runtime.layouts import Flag
from runtime.messages import ActorEvent, ActorNews
from runtime.ports import Mark
from tests.actors.ingest.realtime_server import RealtimeServer, realtime_server
from tests.actors.session_rig import Rig, told
from tests.models.chat.scripted_service import Call, serving


class Person:
    """Somebody in a session, and what is told of them."""

    def __init__(self, rig: Rig, service: LlmService) -> None:
        self.rig = rig
        self.mic = rig.outlet("mic")
        self.events: asyncio.Queue[ActorEvent] = asyncio.Queue()
        self.notes: list[tuple[int, AnswerNote]] = []
        self.talks = False
        self.toolbox = Toolbox(service)
        self.conversation = Conversation(
            service,
            Guide(),
            lambda utterance, what: self.notes.append((utterance, what)),
            lambda name, reason: None,
            self.toolbox,
        )
        self.it = RealtimeSession(
            RealtimeLink(service),
            service,
            self.toolbox,
            self.conversation,
            rig.stand("ingest"),
            self._emit,
            lambda: self.talks,
            barge_in=True,
        )

    def _emit(self, news: ActorNews) -> None:
        assert isinstance(news, ActorEvent)
        self.events.put_nowait(news)

    def makes_sound(self, frames: int = 1) -> None:
        for number in range(frames):
            slot = self.mic.claim()
            assert slot is not None
            slot["sound"] = np.full(320, 0.25, np.float32)
            stamps = np.zeros_like(slot["stamps"])
            self.mic.publish(slot, Mark(0, 0, Flag(0), number, stamps))

    async def until(self, kind: str) -> ActorEvent:
        while (event := await self.events.get()).kind != kind:
            pass
        return event

    def ask(self, utterance: int, text: str = "", turn: int = 0) -> Any:
        """The run of the answer."""
        exchange = self.conversation.begin(utterance, text)
        notes = self.conversation.notes(utterance)
        return self.it.answer(exchange, turn, UtteranceTimes(1), notes)


@asynccontextmanager
async def session(**script: Any) -> AsyncIterator[tuple[Person, RealtimeServer]]:
    settings = script.pop("settings", {})
    async with realtime_server(**script) as server:
        service = LlmService(
            api="realtime",
            url=server.url,
            model="m",
            key="k",
            voice="marin",
            system="Be kind.",
            **settings,
        )
        with Rig() as rig:
            person = Person(rig, service)
            running = asyncio.ensure_future(person.it.run())
            try:
                yield person, server
            finally:
                running.cancel()
                await asyncio.wait([running])
                await person.toolbox.close()


async def sound(run: Any) -> tuple[int, list[str]]:
    """How many ms, and the sentences."""
    parts: list[SpeechPart] = [part async for part in run]
    ms = sum(len(part.chunks) for part in parts) * CHUNK_MS
    return ms, [part.sentence for part in parts if part.sentence]


async def says_hello(server: RealtimeServer, request: dict[str, Any]) -> None:
    response = await server.begins(request)
    await server.speaks(response, "m1", "Good morning. How ", 3)
    await server.speaks(response, "m1", "are you?", 2)
    await server.said(response, "m1", "Good morning. How are you?")
    await server.ends(response)


def story(work: Callable[[], Any]) -> None:
    told(work())


def test_a_person_speaks_is_heard_and_answered() -> None:
    async def work() -> None:
        async with session(response__create=says_hello) as (person, server):
            person.makes_sound(5)
            setup = (await server.until("session.update"))["session"]
            assert setup["instructions"] == "Be kind." and setup["type"] == "realtime"
            assert setup["audio"]["output"]["voice"] == "marin"
            detection = setup["audio"]["input"]["turn_detection"]
            assert detection["create_response"] is False
            await server.turn("u1", "Hello there!")
            kinds = [await person.events.get() for _ in range(5)]
            assert [one.kind for one in kinds] == ["hearing", "turn", "asks", "partial", "final"]
            assert [one.turn for one in kinds[1:]] == [1] * 4
            assert (kinds[-1].text, kinds[-1].detail) == ("Hello there!", "answered")
            ms, sentences = await sound(person.ask(1, turn=1))
            assert 500 <= ms <= 560
            assert sentences == ["Good morning.", "How are you?"]
            assert server.heard > 0

    story(work)


def test_a_sentence_began_where_its_first_words_came() -> None:
    async def work() -> None:
        async with session(response__create=says_hello) as (person, _):
            parts = [part async for part in person.ask(1, "Hello.")]
            at, begins = 0, {}
            for part in parts:
                if part.sentence:
                    begins[part.sentence] = at - part.late_ms
                at += len(part.chunks) * CHUNK_MS
            assert begins["Good morning."] == 0
            assert begins["How are you?"] == 0, "both came before the first sound"

    story(work)


def test_a_text_is_answered_and_the_words_of_a_turn_are_remembered() -> None:
    async def work() -> None:
        async with session(response__create=says_hello) as (person, server):
            await sound(person.ask(1, "What time is it?"))
            item = (await server.until("conversation.item.create"))["item"]
            assert item["content"] == [{"type": "input_text", "text": "What time is it?"}]
            run = person.ask(2, turn=7)
            person.it._turns["u1"] = 7
            await sound(run)
            kind = "conversation.item.input_audio_transcription.completed"
            await server.say(kind, item_id="u1", transcript="And now?")
            await person.until("final")
            asked = [one["content"] for one in person.conversation.history()]
            assert "And now?" in asked[-1]

    story(work)


def test_an_interrupt_truncates_at_what_was_heard() -> None:
    async def speaks_on(server: RealtimeServer, request: dict[str, Any]) -> None:
        response = await server.begins(request)
        await server.speaks(response, f"m{server.responses}", "Once upon a time.", 20)

    async def cancelled(server: RealtimeServer, _: dict[str, Any]) -> None:
        await server.ends(f"r{server.responses}", "cancelled")

    async def work() -> None:
        script = {"response__create": speaks_on, "response__cancel": cancelled}
        async with session(**script) as (person, server):
            run = person.ask(1, "A story!")
            for _ in range(18):
                await anext(run)
            person.talks = True
            await server.say("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=0)
            assert (await person.until("barge")).kind == "barge"
            await run.aclose()
            person.it.interrupted(1, 11)
            await server.until("response.cancel")
            cut = await server.until("conversation.item.truncate")
            assert (cut["item_id"], cut["content_index"], cut["audio_end_ms"]) == ("m1", 0, 480)

            run = person.ask(2, "Another!")
            await anext(run)
            await anext(run)
            await run.aclose()
            person.it.interrupted(1, 11)
            cut = await server.until("conversation.item.truncate")
            assert (cut["item_id"], cut["audio_end_ms"]) == ("m2", 0), "nothing of it was heard"

    story(work)


def test_what_was_heard_whole_is_not_truncated() -> None:
    async def work() -> None:
        async with session(response__create=says_hello) as (person, server):
            await sound(person.ask(1, "Hello."))
            person.it.interrupted(1, 100)
            await sound(person.ask(2, "And?"))
            assert not [one for one in server.sent if "truncate" in one["type"]]
            assert not [one for one in server.sent if one["type"] == "response.cancel"]

    story(work)


def test_a_response_that_was_given_up_before_it_began_is_cancelled_and_not_heard() -> None:
    async def work() -> None:
        async with session() as (person, server):
            first = person.ask(1, "One?")
            waiting = asyncio.ensure_future(anext(first))
            request = await server.until("response.create")
            waiting.cancel()
            await asyncio.wait([waiting])
            person.it.interrupted(0, 0)
            second = asyncio.ensure_future(sound(person.ask(2, "Two?")))
            await server.until("response.cancel")
            error = {"code": "response_cancel_not_active", "message": "nothing to cancel"}
            await server.say("error", error=error)
            late = await server.begins(request)
            await server.until("response.cancel")
            await server.speaks(late, "m1", "One.", 3)
            await server.ends(late, "cancelled")
            await says_hello(server, await server.until("response.create"))
            assert (await second)[1] == ["Good morning.", "How are you?"]
            assert person.events.empty() or (await person.events.get()).kind != "error"

    story(work)


def test_tools_are_called_and_the_model_goes_on_in_the_same_answer() -> None:
    call = {"type": "function_call", "call_id": "c1", "name": "ask", "arguments": "{}"}

    async def answers(server: RealtimeServer, request: dict[str, Any]) -> None:
        response = await server.begins(request)
        if server.responses == 1:
            await server.speaks(response, "m1", "One look. ", 2)
            await server.ends(response, "completed", call)
        else:
            await server.speaks(response, "m2", "It is seventeen.", 3)
            await server.ends(response)

    async def seventeen(asked: Call) -> None:
        await asked.whole(200, "text/plain", "17")

    async def work() -> None:
        async with serving(seventeen) as tools:
            settings = {"tools": (HttpTool("ask", "A number.", tools.url),)}
            async with session(response__create=answers, settings=settings) as (person, server):
                ms, sentences = await sound(person.ask(1, "Well?"))
                setup = (await server.until("session.update"))["session"]
                assert [one["name"] for one in setup["tools"]] == ["ask"]
                assert 500 <= ms <= 560
                assert sentences == ["One look.", "It is seventeen."]
                outputs = [one["item"] for one in server.sent if "item" in one]
                assert outputs[-1] == {
                    "type": "function_call_output",
                    "call_id": "c1",
                    "output": "17",
                }
                news = [note for _, note in person.notes if isinstance(note, ToolNews)]
                assert [one.phase for one in news] == ["start", "end"]
                person.it.interrupted(1, 7)
                cut = await server.until("conversation.item.truncate")
                assert (cut["item_id"], cut["audio_end_ms"]) == ("m2", 120)

    story(work)


def test_a_connection_that_breaks_is_told_and_made_anew_with_what_was_said() -> None:
    async def work() -> None:
        async with session(response__create=says_hello) as (person, server):
            exchange = person.conversation.begin(9, "Hello.")
            exchange.until = -2
            person.makes_sound()
            await server.until("session.update")
            assert server.socket is not None
            run = asyncio.ensure_future(sound(person.ask(10, "Are you there?")))
            await server.until("response.create")
            server.script.clear()
            await run
            run = asyncio.ensure_future(sound(person.ask(11, "Still?")))
            await server.until("response.create")
            await server.socket.close(1011, "an hour is over")
            with pytest.raises(ServiceError, match="an hour is over"):
                await run
            person.it.reset()
            server.script["response.create"] = says_hello
            assert (await sound(person.ask(12, "Again?")))[0] >= 500
            assert server.connections == 2
            texts = [one["item"]["content"][0]["text"] for one in server.sent if "item" in one]
            assert any("Hello." in text and "Still?" in text for text in texts), (
                "all are told again"
            )

    story(work)


def test_nobody_there_is_told_once_and_an_answer_asks_again() -> None:
    async def work() -> None:
        service = LlmService(api="realtime", url="http://127.0.0.1:9/v1", model="m")
        with Rig() as rig:
            person = Person(rig, service)
            running = asyncio.ensure_future(person.it.run())
            person.makes_sound()
            assert "cannot be reached" in (await person.until("error")).detail
            with pytest.raises(ServiceError, match="cannot be reached"):
                await sound(person.ask(1, "Hello?"))
            running.cancel()
            await asyncio.wait([running])
            await person.toolbox.close()

    story(work)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ({"error": {"message": "k is out of money"}}, "out of money"),
        (None, "no reason"),
    ],
)
def test_a_response_that_fails_is_told(status: Any, why: str) -> None:
    async def fails(server: RealtimeServer, request: dict[str, Any]) -> None:
        response = await server.begins(request)
        await server.ends(response, "failed", status_details=status)

    async def work() -> None:
        async with session(response__create=fails) as (person, _):
            with pytest.raises(ServiceError, match=why):
                await sound(person.ask(1, "Hello?"))

    story(work)


def test_a_request_that_is_refused_is_told_and_the_next_one_works() -> None:
    async def refuses(server: RealtimeServer, request: dict[str, Any]) -> None:
        if request["response"]["metadata"]["utterance"] == "1":
            await server.say("error", error={"code": "bad", "message": "no such voice"})
        else:
            await says_hello(server, request)

    async def work() -> None:
        async with session(response__create=refuses) as (person, _):
            with pytest.raises(ServiceError, match="no such voice"):
                await sound(person.ask(1, "Hello?"))
            assert (await sound(person.ask(2, "Hello?")))[0] >= 500

    story(work)


def test_who_says_nothing_for_long_is_told() -> None:
    async def work() -> None:
        async with session(settings={"first_seconds": 0.3}) as (person, _):
            with pytest.raises(ServiceError, match="nothing came within"):
                await sound(person.ask(1, "Hello?"))

    story(work)
