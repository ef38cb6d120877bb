"""What the settings mean for the actors: which share a process, how many, what they know.

Pure functions of the settings and the machine's cores, for the supervisor.
"""

import os
from typing import Final

from data.hearing.bundled import resolved
from runtime.media_network import IceAddress, MediaNetwork, UdpPorts, is_turn
from runtime.messages import ActorSettings
from runtime.settings import Settings
from runtime.supervisor import Placement

SHARED_UP_TO: Final = 4
"""Cores up to which `placement = auto` lets actors share processes."""


def placement_of(settings: Settings) -> Placement:
    if settings.placement != "auto":
        return settings.placement
    return "shared" if (os.cpu_count() or 1) <= SHARED_UP_TO else "separate"


def copies_of(placement: Placement) -> int:
    """Egress processes: one for every four cores where actors have cores of their own."""
    return 1 if placement == "shared" else max(1, (os.cpu_count() or 1) // SHARED_UP_TO)


def actor_settings(settings: Settings) -> ActorSettings:
    return ActorSettings(
        cache_dir=str(settings.cache_dir),
        avatar=settings.avatar,
        voice=settings.voice,
        max_audio_seconds=settings.max_audio_seconds,
        max_queue=settings.max_queue,
        late_ms=settings.late_ms,
        listener_wait_ms=settings.listener_wait_ms,
        max_viewers=settings.max_viewers,
        guide=settings.guide,
        bitrate_kbps=settings.bitrate_kbps,
        codec=settings.codec,
        ice_servers=ice_addresses(settings),
        network=_network(settings),
        fallback_voices=tuple(settings.fallback_voices),
        tts=tuple(settings.tts),
        llm=settings.llm,
        asr=resolved(settings.asr),
        listening=settings.listening,
        marking=settings.marking,
        log_level=settings.log_level,
        log_format=settings.log_format,
    )


def ice_addresses(settings: Settings) -> tuple[IceAddress, ...]:
    """The STUN and TURN servers, as egress is told of them, and clients once they are `signed`."""
    return tuple(
        IceAddress(
            tuple(ice.urls),
            ice.username,
            ice.credential,
            settings.turn_secret if not ice.credential and any(map(is_turn, ice.urls)) else "",
            settings.turn_seconds,
        )
        for ice in settings.ice_servers
    )


def _network(settings: Settings) -> MediaNetwork:
    ports = UdpPorts.of(settings.udp_ports) if settings.udp_ports else None
    return MediaNetwork(ports, tuple(settings.bind), tuple(settings.announce))
