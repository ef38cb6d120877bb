"""How a session's pictures and sound are encoded and carried: one frozen value.

Made by the egress actor from the settings. Owns nothing.
"""

from dataclasses import dataclass, field
from typing import Literal

from actors.egress.ice.ice_server_watch import IceServerWatch
from actors.egress.marking.film_marker import FilmMarker
from runtime.media_network import MediaNetwork

VideoCodec = Literal["h264", "vp8"]


@dataclass(frozen=True, slots=True)
class MediaOptions:
    """Bitrates in bit/s, times in seconds.

    `prefer` is taken when the client offers it, else the other codec.
    A client that is silent for `quiet_seconds` is "disconnected", and for
    `lost_seconds`, or that does not connect in `connect_seconds`, "failed".
    No `ice_servers`: only the addresses of this machine are offered.
    No `film_marker`: films do not say that a machine made them.
    """

    prefer: VideoCodec = "h264"
    bitrate: int = 1_000_000
    bitrate_min: int = 20_000
    bitrate_max: int = 3_000_000
    ice_servers: IceServerWatch = field(default_factory=IceServerWatch)
    network: MediaNetwork = field(default_factory=MediaNetwork)
    connect_seconds: float = 10.0
    quiet_seconds: float = 6.0
    lost_seconds: float = 15.0
    record_crf: int = 20
    record_sound_bitrate: int = 128_000
    film_marker: FilmMarker | None = None

    def __post_init__(self) -> None:
        if self.prefer not in ("h264", "vp8"):
            raise ValueError(f"prefer is {self.prefer!r}: allowed are 'h264' and 'vp8'")
        if not 0 < self.bitrate_min <= self.bitrate <= self.bitrate_max:
            raise ValueError(
                f"bitrate {self.bitrate} must lie between bitrate_min {self.bitrate_min} "
                f"and bitrate_max {self.bitrate_max}, all above 0"
            )
        if not 0 < self.quiet_seconds < self.lost_seconds:
            raise ValueError(
                f"quiet_seconds {self.quiet_seconds} must be above 0 and "
                f"below lost_seconds {self.lost_seconds}"
            )
