"""Text: the avatar says it, and what is seen and heard is kept as an MP4.

make serve                                                # in another terminal
.venv/bin/python -m examples.caller "Hello there." -o seen.mp4
"""

from aiortc.contrib.media import MediaRecorder

from examples.session import Session, arguments, run, say


async def watch(url: str, text: str, output: str) -> None:
    """Have `text` said and record it."""
    async with Session(url, keep=MediaRecorder(output)) as session:
        await session.speech.say(text)
        await session.until_said()
    say(f"{output} is what came over WebRTC")


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("text")
    parser.add_argument("-o", "--output", default="seen.mp4")
    given = parser.parse_args()
    run(watch(given.url, given.text, given.output))
