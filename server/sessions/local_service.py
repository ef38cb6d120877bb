"""The sessions of this machine: every part of the service, put together.

In: the settings. Out: a `server.sessions.service.SessionService`. Runs in the supervisor's
process, on its loop; owns the actor processes and, through its parts, every session. No media
passes through here.

    API ──▶ sessions    SessionManager ─┐
        ──▶ speech      Speech ─────────┼─▶ ActorClient ──channel──▶ actors
        ──▶ actions     Actions ────────┤                              │
        ──▶ appearance  Appearance ─────┘                              │
        ──▶ recordings  Recordings ─────┘                              │
        ──▶ rooms       Rooms ──▶ SessionManager, SessionDistribution  │
        ──▶ library     AvatarLibrary ◀── AvatarTasks ──▶ a process beside the sessions
        ──▶ making      AvatarTasks                                    │
        ──▶ events      SessionEvents ◀── EventLog ◀── Dialogue ◀── EventRouter
        ──▶ health      ServiceHealth
        ──▶ operations  OperationsWatch
"""

import asyncio
from typing import Final

from actors.table import TABLE
from runtime.messages import ActorNews, OutputTarget, RecordingNews
from runtime.notify_rules import NotifyRules
from runtime.settings import Settings
from runtime.supervisor import Supervisor, Worker
from server.sessions.actions import Actions
from server.sessions.actor_client import ActorClient
from server.sessions.appearance import Appearance, AvatarList
from server.sessions.avatar_library import AvatarLibrary
from server.sessions.avatar_tasks import AvatarTasks, Engines
from server.sessions.background_tasks import BackgroundTasks
from server.sessions.dialogue import Dialogue
from server.sessions.distribution import SessionDistribution
from server.sessions.event_feed import SessionEvents
from server.sessions.event_router import EventRouter
from server.sessions.health import ServiceHealth
from server.sessions.manager import SessionManager
from server.sessions.metrics import SessionMetrics
from server.sessions.notifier import Notifier
from server.sessions.operations_watch import OperationsWatch
from server.sessions.output_targets import own_target
from server.sessions.placement import actor_settings, copies_of, placement_of
from server.sessions.recordings import Recordings
from server.sessions.registry import SessionRegistry
from server.sessions.rooms import Rooms
from server.sessions.speech import Speech
from server.sessions.stall_watch import StallWatch

CLOSE_SECONDS: Final = 5.0
PUSHED: Final = "0"
"""The id of the session that `transport` begins, which LiveTalking's clients call so."""


class LocalSessionService:
    """Implements server.sessions.service.SessionService."""

    def __init__(
        self, settings: Settings, avatar_list: AvatarList, engines: Engines = tuple
    ) -> None:
        """engines: for which avatars are made here; none by default."""
        self._settings = settings
        self._registry = SessionRegistry()
        self._tasks = BackgroundTasks()
        self._away: set[str] = set()
        self._there = asyncio.Event()
        self._supervisor = self._supervised()
        self._client = ActorClient(self._supervisor)
        metrics = SessionMetrics()
        dialogue = Dialogue(self._client, metrics)
        self.speech = Speech(settings, self._registry, self._client, dialogue)
        self.actions = Actions(self._registry, self._client, self.speech, dialogue, self._tasks)
        self.appearance = Appearance(settings, self._registry, self._client, dialogue, avatar_list)
        self.recordings = Recordings(settings, self._registry, self._client, dialogue, self._tasks)
        self.distribution = SessionDistribution(
            settings, self._registry, self._client, dialogue, self.speech, self._tasks
        )
        self.library = AvatarLibrary(settings, self._registry, self._tasks, self._client.forget)
        notifier = Notifier(NotifyRules(settings.notify_hosts))
        self.making = AvatarTasks(settings, self.library, notifier, self._tasks, engines)
        self.sessions = SessionManager(
            settings,
            self._registry,
            self._client,
            self.appearance,
            self.speech,
            self.actions,
            dialogue,
            metrics,
            self._tasks,
            self.recordings,
            self.distribution,
        )
        self.rooms = Rooms(settings, self._registry, self.sessions, self.distribution)
        self.events = SessionEvents(self._registry)
        self.health = ServiceHealth(settings, self._registry, self._supervisor, metrics)
        self.operations = OperationsWatch(
            self._registry, self._supervisor, self.health, lambda session: bool(session.recording)
        )
        self._stalls = StallWatch(self._registry)
        self._router = EventRouter(
            settings,
            self._client,
            dialogue,
            self.speech,
            self.actions,
            self._tasks,
            self.sessions.gone,
            self.distribution,
        )

    async def start(self) -> None:
        """Bring every actor up; returns when a session can begin."""
        pushed = self._pushed()
        await self._supervisor.start()
        await self._client.shape(self._settings.avatar)
        await self.recordings.tidy()
        self._registry.accepting = True
        self._there.set()
        self._stalls.start()
        if pushed is not None:
            name = await self.sessions.begin(None, "", PUSHED)
            await self.distribution.add(self._registry.find(name), pushed)

    async def all_there(self) -> None:
        """Return when no actor process is away: after a death, when the next life is ready."""
        await self._there.wait()

    async def stop(self) -> None:
        """Let sessions go on for a while (setting drain_seconds), then end everything."""
        self._registry.accepting = False
        await asyncio.gather(self.sessions.drain(self._settings.drain_seconds), self.making.stop())
        self._stalls.stop()
        self.operations.stop()
        await self._tasks.finished()
        self.recordings.stop()
        await self._supervisor.stop(CLOSE_SECONDS)

    def _pushed(self) -> OutputTarget | None:
        """Where the setting `transport` sends the session that the server begins with."""
        settings = self._settings
        if settings.transport == "webrtc":
            return None
        return own_target(settings.transport, settings.push_url, settings.push_token)

    def _supervised(self) -> Supervisor:
        placement = placement_of(self._settings)
        return Supervisor(
            TABLE,
            placement,
            actor_settings(self._settings),
            copies=copies_of(placement),
            on_event=self._heard,
            on_up=self._restored,
            on_down=self._lost,
        )

    def _heard(self, worker: Worker, news: ActorNews) -> None:
        """An actor tells something of a session, if that is still there."""
        if isinstance(news, RecordingNews):
            self.recordings.heard(news)  # also when its session has just ended
            return
        session = self._registry.get(news.session)
        if session is not None:
            self._router.heard(session, news)

    async def _restored(self, worker: Worker) -> None:
        await self.sessions.restore(worker)
        self._away.discard(worker.name)
        if not self._away:
            self._there.set()

    def _lost(self, worker: Worker) -> None:
        self._away.add(worker.name)
        self._there.clear()
        self.sessions.lost(worker)
