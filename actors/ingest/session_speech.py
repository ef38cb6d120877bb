"""What ingest keeps of one session.

Made when the session opens, forgotten when it closes. Owns nothing: the actor ends the tasks.
"""

import asyncio
from dataclasses import dataclass

from actors.ingest.answer_draft import SessionDrafts
from actors.ingest.conversation import Conversation
from actors.ingest.listener import Listener
from actors.ingest.realtime_session import RealtimeSession
from actors.ingest.speech_queue import SpeechQueue
from runtime.actor import ActorSession


@dataclass
class SessionSpeech:
    """What ingest keeps of a session. order: held while a request is prepared, so that
    requests keep their order. language: of the text that was spoken last, "" before the first.
    drafts: the answer that is begun, and may not be wanted. realtime: where the model hears and
    speaks itself; then there is no listener."""

    session: ActorSession
    queue: SpeechQueue
    order: asyncio.Lock
    conversation: Conversation | None
    listener: Listener | None
    drafts: SessionDrafts
    realtime: RealtimeSession | None = None
    language: str = ""

    @property
    def actions(self) -> frozenset[str]:
        """What its body can do."""
        return frozenset(self.session.spec.actions)
