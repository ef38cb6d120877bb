"""A false interruption resumes where it was; a true one is over, and its position is what was
heard: an AgentSession with its real turn handling, and a face in its room."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from livekit.agents import AgentFalseInterruptionEvent, AgentSession
from livekit.agents.voice.avatar import DataStreamAudioOutput

from runtime.agent_line import LineKind
from tests.clients.livekit.agent_fakes import Silent, ToldVad, agent_session, speech
from tests.clients.livekit.test_room_output import Scene, scene, told


class Speaking:
    """An agent that speaks through a face, and what it thinks of interruptions."""

    def __init__(self, session: "AgentSession[None]", detector: ToldVad, it: Scene) -> None:
        self.session, self.vad, self.it = session, detector, it
        self.resumed: asyncio.Queue[bool] = asyncio.Queue()
        session.on("agent_false_interruption", self._false)

    def _false(self, event: AgentFalseInterruptionEvent) -> None:
        self.resumed.put_nowait(event.resumed)


@asynccontextmanager
async def speaking(stock: bool = False) -> AsyncIterator[Speaking]:
    detector = ToldVad()
    session = agent_session(detector)
    async with scene(stock) as it:
        session.output.audio = it.output
        await session.start(Silent())
        yield Speaking(session, detector, it)
        await session.aclose()


def test_a_cough_pauses_and_then_all_of_it_is_heard() -> None:
    async def story() -> None:
        async with speaking() as agent:
            said = agent.session.say("…", audio=speech(2.0))
            await agent.it.track.until_loud(40)
            agent.vad.hears(0.5)
            await agent.it.until_kind(LineKind.HOLD)
            agent.vad.quiet(0.5)
            assert await agent.resumed.get()
            assert agent.session.agent_state == "speaking"
            await said.wait_for_playout()
            assert not said.interrupted
            [event] = agent.it.finished
            assert (round(event.playback_position, 3), event.interrupted) == (2.0, False)
            assert 199 <= len(agent.it.track.loud) <= 201, "nothing was lost, nothing said twice"
            assert agent.it.face.kinds.count(LineKind.BEGIN) == 1

    told(story())


def test_a_true_interruption_in_a_pause_is_the_end() -> None:
    async def story() -> None:
        async with speaking() as agent:
            said = agent.session.say("…", audio=speech(3.0))
            await agent.it.track.until_loud(40)
            agent.vad.hears(0.5)
            await agent.it.until_kind(LineKind.HOLD)
            said.interrupt()
            event = await agent.it.until_finished()
            heard = len(agent.it.track.loud) / 100
            assert event.interrupted and abs(event.playback_position - heard) <= 0.05
            agent.vad.quiet(0.5)
            again = agent.session.say("…", audio=speech(0.3))
            await again.wait_for_playout()
            assert not agent.it.finished[-1].interrupted, "the pause is over with it"

    told(story())


def test_the_stock_output_cannot_pause() -> None:
    async def story() -> None:
        async with speaking(stock=True) as agent:
            assert isinstance(agent.it.output, DataStreamAudioOutput)
            said = agent.session.say("…", audio=speech(2.0))
            await agent.it.track.until_loud(40)
            agent.vad.hears(0.5)
            await said.wait_for_playout()
            assert said.interrupted, "which is why ours has its own"

    told(story())


@pytest.mark.parametrize("seconds", [0.05])
def test_a_sound_too_short_to_interrupt_does_not_pause(seconds: float) -> None:
    async def story() -> None:
        async with speaking() as agent:
            said = agent.session.say("…", audio=speech(1.0))
            await agent.it.track.until_loud(20)
            agent.vad.hears(seconds)
            agent.vad.quiet(seconds)
            await said.wait_for_playout()
            assert LineKind.HOLD not in agent.it.face.kinds

    told(story())
