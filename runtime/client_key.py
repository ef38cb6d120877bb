"""The key that commands show to a server which asks for one.

In: the environment, which process lists do not show. Out: a header. Read where a command is client
of a server: `ringtalk trace`, `profile`, `capacity` and the benchmarks. Owns nothing.
"""

import os
from typing import Final

VARIABLE: Final = "RINGTALK_API_KEY"
"""No setting: those of the server are `RINGTALK_API_KEYS`."""

CLIENTS: Final = (VARIABLE, "RINGTALK_URL")
"""What clients are told by the environment, perhaps the same one in which a server is started: the
key, and, for the packages in `clients/`, where the server is."""


def key_headers() -> dict[str, str]:
    """`Authorization`, or nothing where no key is set."""
    key = os.environ.get(VARIABLE, "")
    return {"Authorization": f"Bearer {key}"} if key else {}
