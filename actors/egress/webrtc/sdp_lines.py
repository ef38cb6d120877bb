"""Lines of an SDP offer, spelt as aiortc reads them.

In: an attribute line. Out: one that means the same and that aiortc does not stumble over, or
nothing, where it would promise what is not kept. Runs in the egress process. Pure; owns nothing.
"""

from typing import Final

from aiortc.sdp import H264Level

_FMTP: Final = "a=fmtp:"
_LEVEL: Final = "profile-level-id"
_FEEDBACK: Final = "a=rtcp-fb:"
_OUR_FEEDBACK: Final = ("nack", "nack pli", "ccm fir", "goog-remb", "transport-cc")
_EXTENSION: Final = "a=extmap:"
_AUDIO_LEVEL: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
"""RFC 6464: agreed on, it would be owed with each packet, and ours say nothing of their level."""
_LEVELS: Final = sorted(level.value for level in H264Level if level > 0)


def spelt(line: str) -> str:
    """The line as aiortc reads it: format parameters without spaces (RFC 8866, 6.15, leaves them to
    the format; RFC 6184 and RFC 7587 write "; "), their names in lower case, H264's level one that
    it knows."""
    if not line.startswith(_FMTP):
        return line
    format_, _, given = line.partition(" ")
    parameters = (part.strip() for part in given.split(";"))
    return f"{format_} {';'.join(_parameter(part) for part in parameters if part)}"


def means_something(line: str) -> bool:
    """Not feedback that aiortc has no use for, which it would repeat for every codec; no extension
    that is not sent."""
    if line.startswith(_FEEDBACK):
        return line.partition(" ")[2].strip() in _OUR_FEEDBACK
    return not (line.startswith(_EXTENSION) and _AUDIO_LEVEL in line.split())


def _parameter(text: str) -> str:
    name, equals, value = text.partition("=")
    name, value = name.strip().lower(), value.strip()
    return name + equals + (_known_level(value) if name == _LEVEL else value)


def _known_level(profile: str) -> str:
    """A profile-level-id (RFC 6184, 8.1) whose level is one that aiortc knows: the next lower, such
    as 5.2 for 6.2. We send less than either, so the answer is the same."""
    try:
        level = int(profile[4:], 16)
    except ValueError:
        return profile
    lower = [known for known in _LEVELS if known <= level]
    return profile if len(profile) != 6 or not lower else f"{profile[:4]}{lower[-1]:02x}"
