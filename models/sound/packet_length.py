"""How long a sound is by its packets, whatever its header says.

In: a seekable file and FFmpeg's name of its container. Out: seconds. A header is a claim: one of
10 s may stand before three hours. The packets are read and not decoded: 5 to 20 ms for a minute of
sound. Runs in the thread that opens the sound; owns nothing.
"""

from typing import BinaryIO, Final

import av
import av.error

PACKETS_PER_SECOND: Final = 200
"""So many for each allowed second are counted: most codecs have 12 to 50, but a file can be made
of ones so short that counting them would take longer than playing them."""
_LONGEST_S: Final = 20.0
"""No codec has a longer packet (FLAC: 65535 samples at 4 kHz); FFmpeg gives Vorbis's last one the
whole range of its clock."""


def packet_seconds(
    file: BinaryIO, demuxer: str, options: dict[str, str], most: float
) -> float | None:
    """The length of the first sound track, counted up to `most` seconds or so many packets as
    should be enough for that: then it is longer than this.

    None where the packets tell none or cannot be read."""
    file.seek(0)
    total = 0.0
    try:
        with av.open(file, "r", format=demuxer, options=options) as container:
            track = next(iter(container.streams.audio), None)
            if track is None:
                return None
            for number, packet in enumerate(container.demux(track)):
                if packet.duration and packet.time_base is not None:
                    seconds = float(packet.duration * packet.time_base)
                    total += seconds if seconds <= _LONGEST_S else 0.0
                if total > most or number > most * PACKETS_PER_SECOND:
                    break
    except av.error.FFmpegError:
        return None  # whoever decodes it says what is wrong
    return total or None
