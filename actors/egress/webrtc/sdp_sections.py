"""The sections of an SDP text: what a section leaves unsaid is said, rejected ones step aside.

aiortc reads every section as if it stood alone and were wanted. RFC 8866 and RFC 9429 let a
section take its direction from the session, share its transport with the first of its bundle,
and be rejected by port 0. Runs in the egress process. Pure texts; owns nothing. What is broken is
left as it is, for the parser to refuse.
"""

from collections.abc import Callable, Iterator
from typing import Final

from aiortc.sdp import grouplines

from actors.egress.webrtc.sdp_lines import means_something, spelt

KINDS: Final = ("audio", "video", "application")
"""What can be answered; sections of other kinds are rejected."""
DIRECTIONS: Final = ("sendrecv", "sendonly", "recvonly", "inactive")
_TRANSPORT: Final = ("ice-ufrag", "ice-pwd", "fingerprint", "setup", "rtcp-mux")
"""A bundle's first section speaks for the others (RFC 9143, 7.1.3)."""
_BUNDLE: Final = "a=group:BUNDLE"
_NO_PORT, _ANY_PORT = "0", "9"

Section = list[str]
"""Its lines, the m-line first."""


def complete(sdp: str) -> str:
    """The text with every direction and every bundled section's transport written out."""
    session, sections = grouplines(sdp)
    default = next(_directions(session), "sendrecv")
    bundled = [name for group in bundles(sdp) for name in group]
    first = next((section for section in sections if bundled[:1] == [mid(section)]), None)
    for section in sections:
        section[1:] = filter(means_something, map(spelt, dict.fromkeys(section[1:])))
        if _kind(section) not in KINDS:
            _set_port(section, _NO_PORT)
        if "a=bundle-only" in section and mid(section) in bundled:
            _set_port(section, _ANY_PORT)
        if first is not None and first is not section and mid(section) in bundled:
            _share(first, section)
        if _kind(section) != "application" and not any(_directions(section)):
            section.append(f"a={default}")
    return _text(session, sections)


def bundles(sdp: str) -> list[list[str]]:
    """The names in each of its BUNDLE groups."""
    session, _ = grouplines(sdp)
    return [line.split()[1:] for line in session if line.startswith(_BUNDLE)]


def rejected_names(sdp: str) -> set[str]:
    """The names of its rejected sections which no other section has."""
    _, sections = grouplines(sdp)
    gone = {mid(section) for section in sections if rejected(section)} - {""}
    return gone - {mid(section) for section in sections if not rejected(section)}


def rejected(section: Section) -> bool:
    """Whether the section is offered, or answered, as one that is not used."""
    fields = section[0].split()
    return len(fields) > 1 and fields[1] == _NO_PORT


def reject(sdp: str, unwanted: Callable[[int], bool]) -> str:
    """The text with the sections, numbered from 0 without those rejected already, rejected."""
    session, sections = grouplines(sdp)
    live = [section for section in sections if not rejected(section)]
    for number, section in enumerate(live):
        if unwanted(number):
            _set_port(section, _NO_PORT)
    return _text(session, sections)


def without_rejected(sdp: str) -> str:
    """The text without rejected sections, and without their names in its bundle."""
    session, sections = grouplines(sdp)
    gone = rejected_names(sdp)
    lines = [
        " ".join(word for word in line.split() if word not in gone)
        if line.startswith(_BUNDLE)
        else line
        for line in session
    ]
    return _text(lines, [section for section in sections if not rejected(section)])


def with_rejected(answer: str, offer: str) -> str:
    """An answer to `without_rejected(offer)` as one to `offer`: a section for each of its own."""
    session, answered = grouplines(answer)
    _, offered = grouplines(offer)
    rest = iter(answered)
    sections = [_refusal(section) if rejected(section) else next(rest, []) for section in offered]
    return _text(session, sections)


def mid(section: Section) -> str:
    """Its name (RFC 5888), or nothing."""
    return next((line[6:].strip() for line in section if line.startswith("a=mid:")), "")


def _refusal(section: Section) -> Section:
    """RFC 8829, 5.3.1: the same kind and formats, port 0, nothing else but the name."""
    name = [f"a=mid:{mid(section)}"] if mid(section) else []
    return [section[0], "c=IN IP4 0.0.0.0", *name, "a=inactive"]


def _share(first: Section, section: Section) -> None:
    """What `section` does not say of its transport is what `first` says."""
    for attribute in _TRANSPORT:
        if not any(_says(line, attribute) for line in section):
            section.extend(line for line in first if _says(line, attribute))


def _says(line: str, attribute: str) -> bool:
    return line.partition(":")[0].rstrip() == f"a={attribute}"


def _directions(lines: list[str]) -> Iterator[str]:
    return (line[2:].strip() for line in lines if line[2:].strip() in DIRECTIONS)


def _kind(section: Section) -> str:
    return section[0][2:].partition(" ")[0]


def _set_port(section: Section, port: str) -> None:
    fields = section[0].split(" ")
    if len(fields) > 1 and fields[1].isdecimal():
        section[0] = " ".join((fields[0], port, *fields[2:]))


def _text(session: list[str], sections: list[Section]) -> str:
    return "".join(f"{line}\r\n" for lines in (session, *sections) for line in lines)
