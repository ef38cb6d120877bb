"""Chat: the avatar answers a text through the language model that the server is told of.

RINGTALK_LLM__URL=http://localhost:11434/v1 RINGTALK_LLM__MODEL=qwen3:1.7b make serve
.venv/bin/python -m examples.chat "Who are you?"
"""

from examples.session import Session, arguments, run


async def ask(url: str, text: str) -> None:
    """Have `text` answered; the answer's sentences are printed as they are heard."""
    async with Session(url) as session:
        await session.speech.chat(text)
        await session.until_said()


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("text")
    given = parser.parse_args()
    run(ask(given.url, given.text))
