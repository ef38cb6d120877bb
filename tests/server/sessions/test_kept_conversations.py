"""What is kept of an ended session's conversation, and for how long."""

import asyncio

from runtime.exchange import Exchange
from server.sessions.kept_conversations import KEPT_MAX, KeptConversations
from tests.actors.session_rig import told

TURNS = [Exchange(1, "My name is Ada.")]


def test_whoever_names_the_session_has_its_turns_once() -> None:
    async def story() -> None:
        kept = KeptConversations(60.0)
        kept.keep("a", TURNS)
        kept.keep("silent", [])
        assert kept.take("b") == kept.take("") == kept.take("silent") == []
        assert kept.take("a") == TURNS
        assert kept.take("a") == []

    told(story())


def test_they_are_forgotten_in_time() -> None:
    async def story() -> None:
        kept = KeptConversations(0.01)
        kept.keep("a", TURNS)
        later = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.02, later.set_result, None)
        await later
        assert len(kept) == 0
        none = KeptConversations(0)
        none.keep("a", TURNS)
        assert len(none) == 0

    told(story())


def test_of_too_many_the_oldest_go() -> None:
    async def story() -> None:
        kept = KeptConversations(60.0)
        for number in range(KEPT_MAX + 3):
            kept.keep(str(number), TURNS)
        kept.keep("5", TURNS)
        assert len(kept) == KEPT_MAX
        assert kept.take("2") == []
        assert kept.take("3") == TURNS
        kept.clear()
        assert len(kept) == 0

    told(story())
