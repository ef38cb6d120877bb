"""What a session tells: events, out of a stream of server-sent events.

In: lines (HTML standard, 9.2). Out: `Event`s. docs/api.md of the server lists their kinds.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

DATA: Final = "data:"
CLOSED: Final = "closed"
"""The session has ended; nothing follows."""


@dataclass(frozen=True)
class Event:
    """id: counts up from 1 in a session; 0 of a message that is no event, as a note. status: its
    kind, such as `start`, `word`, `end`, `transcript`. fields: what else it says."""

    id: int
    status: str
    fields: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]


def event_of(text: str | bytes) -> Event:
    """Of one JSON object."""
    fields = json.loads(text)
    return Event(int(fields.pop("id", 0)), str(fields.pop("status")), fields)


def events_in(line: str) -> Iterator[Event]:
    """The event of one line of a stream, if it has one: the server writes each on one line."""
    if line.startswith(DATA):
        yield event_of(line[len(DATA) :])
