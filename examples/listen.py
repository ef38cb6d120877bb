"""Listening in: what a session says and hears, as server-sent events.

.venv/bin/python -m examples.listen SESSION

It ends with the session. Where the connection breaks it comes back and loses nothing.
"""

from examples.session import arguments, client_of, run, show


async def follow(url: str, session: str) -> None:
    """Print the events of the session until it ends."""
    async with client_of(url) as client:
        async for event in client.session(session).events():
            show(event)


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("session")
    given = parser.parse_args()
    run(follow(given.url, given.session))
