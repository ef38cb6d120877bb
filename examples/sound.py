"""A sound file: the avatar speaks with it, in lip sync.

.venv/bin/python -m examples.sound speech.wav             # WAV, FLAC, Ogg or MP3
"""

from pathlib import Path

from examples.session import Session, arguments, run, say


async def play(url: str, path: Path) -> None:
    """Have the file spoken."""
    async with Session(url) as session:
        seconds = await session.speech.say_file(path)
        say(f"{path.name} is {seconds} s long")
        await session.until_said()


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    run(play(given.url, given.file))
