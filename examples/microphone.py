"""A microphone: a sound file is what the avatar hears, and what it makes of it is printed.

.venv/bin/python -m examples.microphone question.wav --say "I speak until somebody interrupts me."

Without --say the avatar listens; where the server has speech recognition and a language model
(settings `asr` and `llm`), it answers.
"""

import asyncio

from aiortc.contrib.media import MediaPlayer

from examples.session import Session, arguments, run, show


async def talk(url: str, path: str, text: str, seconds: float) -> None:
    """Speak to the avatar and print what happens, until nothing does for so many seconds."""
    player = MediaPlayer(path)
    async with Session(url, microphone=player.audio) as session:
        if text:
            await session.speech.say(text)
        events = session.events()
        while True:
            try:
                show(await asyncio.wait_for(anext(events), seconds))
            except TimeoutError:
                return


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("file", help="what the microphone hears")
    parser.add_argument("--say", default="", help="what the avatar says meanwhile")
    parser.add_argument("--seconds", type=float, default=5.0, help="of quiet that end the session")
    given = parser.parse_args()
    run(talk(given.url, given.file, given.say, given.seconds))
