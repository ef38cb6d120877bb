"""An engine at work in inference.

Held by the actor for as long as it runs; owns the thread in which the engine is loaded and renders.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from actors.inference.avatar_cache import AvatarCache
from actors.inference.batcher import Batcher
from models.face.engine import FaceEngine


@dataclass(frozen=True)
class EngineWorker:
    """An engine at work: its avatars, its batches, and the thread that all of it runs in."""

    engine: FaceEngine
    cache: AvatarCache
    batcher: Batcher
    thread: ThreadPoolExecutor
    loop: asyncio.Task[None]
