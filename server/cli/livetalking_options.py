"""LiveTalking's options: what it is started with, and what each is here.

In: its config.yaml, its .env and a command line of it. Out: the values in force there. Source: its
config.py at commit a5a77f4; the command line comes before the file, the file before the defaults.
Reads the two files; owns nothing.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

import yaml
from dotenv import dotenv_values

CONFIG: Final = "config.yaml"
ENVIRONMENT: Final = ".env"


class CannotRead(Exception):
    """A file or a command line of LiveTalking is not as it reads it; the message says where."""


class LiveTalkingOption(NamedTuple):
    """One option: its name there without hyphens, its type and default, and what it is here."""

    name: str
    type: type[int] | type[str]
    default: int | str | None
    here: str


OPTIONS: Final = (
    LiveTalkingOption("model", str, "wav2lip", "nothing: an avatar knows its engine"),
    LiveTalkingOption("avatar_id", str, "wav2lip256_avatar1", "`--avatar`"),
    LiveTalkingOption("tts", str, "edgetts", "a service in `[[tts]]` and `--voice`"),
    LiveTalkingOption(
        "REF_FILE", str, "zh-CN-YunxiaNeural", "`voice` or `reference` of a service in `[[tts]]`"
    ),
    LiveTalkingOption("REF_TEXT", str, None, "`reference_text` of a service in `[[tts]]`"),
    LiveTalkingOption(
        "TTS_SERVER", str, "http://127.0.0.1:9880", "`url` of a service in `[[tts]]`"
    ),
    LiveTalkingOption("max_session", int, 5, "`--max-calls`"),
    LiveTalkingOption("listenport", int, 8010, "`--port`"),
    LiveTalkingOption("stun", str, "stun:stun.freeswitch.org:3478", "the setting `ice_servers`"),
    LiveTalkingOption("transport", str, "webrtc", "`--transport`"),
    LiveTalkingOption(
        "push_url",
        str,
        "http://localhost:1985/rtc/v1/whip/?app=live&stream=livestream",
        "`--push-url`",
    ),
    LiveTalkingOption(
        "customvideo_config", str, "", "actions of the avatar: `ringtalk avatar action import`"
    ),
    LiveTalkingOption(
        "audio_output_device", int, None, "nothing: sound goes where the picture does"
    ),
    LiveTalkingOption("batch_size", int, 16, "nothing: a batch is as large as there are sessions"),
    LiveTalkingOption("fps", int, 25, "nothing: it is always 25"),
    LiveTalkingOption("l", int, 10, "nothing: the engine knows how far it looks"),
    LiveTalkingOption("m", int, 8, "nothing: the engine knows how far it looks"),
    LiveTalkingOption("r", int, 10, "nothing: the engine knows how far it looks"),
    LiveTalkingOption("modelres", int, 192, "nothing: an avatar knows its engine"),
    LiveTalkingOption("modelfile", str, "", "nothing: weights are found by `ringtalk models`"),
)
"""All, in the order of docs/livetalking.md."""
BY_FLAG: Final[Mapping[str, LiveTalkingOption]] = {
    ("-" if len(option.name) == 1 else "--") + option.name: option for option in OPTIONS
}


@dataclass(frozen=True)
class LiveTalkingSetup:
    """values: every option's. given: the names of those that somebody set. keys: of the .env."""

    root: Path
    values: Mapping[str, Any]
    given: frozenset[str]
    keys: Mapping[str, str] = field(repr=False, default_factory=dict)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CannotRead(f"LiveTalking's command line: {message}")


def read(root: Path, command: Sequence[str] = ()) -> LiveTalkingSetup:
    """What LiveTalking would be started with in its folder `root` by `command`, with or without
    what stands before its first option. Raises CannotRead."""
    first = next((n for n, word in enumerate(command) if word.startswith("-")), len(command))
    parser = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    parser.add_argument("--config", "-c", default=CONFIG)
    for flag, option in BY_FLAG.items():
        parser.add_argument(flag, type=option.type)
    said = vars(parser.parse_args(command[first:]))
    named = said.pop("config")
    written = _yaml(root / named) if named else {}
    values = {option.name: option.default for option in OPTIONS} | written | said
    env = dotenv_values(root / ENVIRONMENT) if (root / ENVIRONMENT).is_file() else {}
    keys = {name: value for name, value in env.items() if value}
    return LiveTalkingSetup(root, values, frozenset({*written, *said}), keys)


def _yaml(path: Path) -> dict[str, Any]:
    """The options in the file, {} where there is none."""
    if not path.is_file():
        return {}
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CannotRead(f"{path}: {' '.join(str(error).split())}") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise CannotRead(f"{path}: is no table of options")
    types = {option.name: option.type for option in OPTIONS}
    written = {}
    for key, value in found.items():
        name = str(key).replace("-", "_")
        try:
            kind = types.get(name, str)
            written[name] = value if value is None else kind(value)
        except (TypeError, ValueError) as error:
            raise CannotRead(f"{path}: {name} = {value!r} is no {types[name].__name__}") from error
    return written
