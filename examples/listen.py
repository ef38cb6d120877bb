"""Listening in: what a session says and hears, as server-sent events, with nothing but Python.

.venv/bin/python -m examples.listen SESSION

It ends with the session. Where the connection breaks it comes back and loses nothing.
"""

import json
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from examples.session import arguments, show

QUIET_SECONDS = 60
"""The server says something every 15 s, if only that it is there."""


def follow(url: str, session: str) -> None:
    """Print the events of the session until it ends."""
    last = 0
    while True:
        request = Request(
            f"{url.rstrip('/')}/sse?sessionid={session}", headers={"Last-Event-ID": str(last)}
        )
        try:
            with urlopen(request, timeout=QUIET_SECONDS) as lines:
                for line in lines:
                    if line.startswith(b"data: "):
                        event = json.loads(line[6:])
                        last = event["id"]
                        show(event)
                        if event["status"] == "closed":
                            return
        except HTTPError as error:
            raise SystemExit(json.loads(error.read())["msg"]) from None
        except (HTTPException, ConnectionResetError, TimeoutError):
            continue  # it broke in the middle: an URLError, nobody there, ends this


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("session")
    given = parser.parse_args()
    follow(given.url, given.session)
