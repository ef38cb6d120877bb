"""A sound file: the avatar speaks with it, in lip sync.

.venv/bin/python -m examples.sound speech.wav             # WAV, FLAC, Ogg or MP3
"""

import secrets
from pathlib import Path

from examples.session import Session, arguments, post, run, say


def form(sessionid: str, path: Path) -> tuple[bytes, str]:
    """A multipart/form-data body (RFC 7578), and its Content-Type."""
    boundary = secrets.token_hex(16)
    name = path.name.replace('"', "%22")
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="sessionid"\r\n\r\n{sessionid}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    )
    body = head.encode() + path.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


async def play(url: str, path: Path) -> None:
    """Have the file spoken."""
    async with Session(url) as session:
        taken = await post(session.url + "/humanaudio", *form(session.sessionid, path))
        say(f"{path.name} is {taken['data']['seconds']} s long")
        await session.until_said()


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    run(play(given.url, given.file))
