"""Every setting, once: its name, type, default, range and meaning.

In: the command line, the environment (`RINGTALK_PORT=8010`), a file (`ringtalk.toml`).
Out: one frozen `Settings`; the first source that names a key wins, in that order.
Read by the process that starts the service; actors are handed what they need.
docs/settings.md and `ringtalk settings` are made from the fields below. Owns nothing.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from data.marking import Marking
from data.recording_limits import RecordingLimits
from data.secret import Secret
from data.services import AsrService, Listening, LlmService, TtsService
from runtime import client_key, limits
from runtime.api_keys import ApiKey
from runtime.capacity_plan import AUTO, MOST, planned_calls
from runtime.media_network import UdpPorts, as_address, is_turn
from runtime.notify_rules import NotifyRules

ENV_PREFIX: Final = "RINGTALK_"
ENV_NESTED: Final = "__"
"""Between a group and its key: RINGTALK_LLM__URL is `url` of `[llm]`."""
DEFAULT_FILE: Final = "ringtalk.toml"


_WITH_SECRETS: Final = (
    *("api_keys", "ice_servers", "tts"),
    *("push_token", "push_url", "token_secret", "turn_secret"),
)
_PLAIN: Final = ("kind", "name", "scopes", "urls")
"""Fields of theirs that a message may repeat."""
GROUPS: Final = ("llm", "asr", "listening", "recording", "marking")
"""Settings that are tables of settings."""


class BadSettings(ValueError):
    """A key is unknown or a value is not allowed; the message has one line per problem."""


def _default_cache() -> Path:
    """$XDG_CACHE_HOME/ringtalk (XDG Base Directory Specification 0.8)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if os.path.isabs(base) else Path.home() / ".cache"
    return root / "ringtalk"


def _split_commas(value: object) -> object:
    """A comma-separated string, as the environment gives it, as a list."""
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


def _empty_as_none(value: object) -> object:
    return None if value == "" else value


def _as_hosts(value: list[str]) -> list[str]:
    NotifyRules(value)
    return value


def _as_ports(value: str) -> str:
    return str(UdpPorts.of(value)) if value else value


def _as_addresses(value: list[str]) -> list[str]:
    return [as_address(text) for text in value]


def _with_own_names(value: list[ApiKey]) -> list[ApiKey]:
    names = [key.name for key in value]
    if len(set(names)) < len(names) or len({key.key for key in value}) < len(value):
        raise ValueError("every key has a name and a key of its own")
    return value


def _as_networks(value: list[str]) -> list[str]:
    for text in value:
        if text != "*":
            ip_network(text, strict=False)
    return value


def _as_root(value: str) -> str:
    if value and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+/?", value):
        raise ValueError("it has to begin with a slash, such as /talk")
    return value.rstrip("/")


def _bare_url(value: object) -> object:
    """`"stun:host"` as short for `{urls = ["stun:host"]}`."""
    return {"urls": [value]} if isinstance(value, str) else value


def _one_url(value: object) -> object:
    return [value] if isinstance(value, str) else value


class IceServer(BaseModel):
    """One STUN or TURN server, as RTCIceServer of the W3C's WebRTC spells it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    urls: Annotated[
        list[Annotated[str, Field(pattern=r"^(stun|stuns|turn|turns):\S+$")]],
        BeforeValidator(_one_url),
    ]
    username: Secret | None = None
    credential: Secret | None = Field(default=None, repr=False)


Names = Annotated[list[str], NoDecode, BeforeValidator(_split_commas)]


def _as_ancestors(values: list[str]) -> list[str]:
    """They become part of a header: see `frame-ancestors` of CSP level 3."""
    for value in values:
        if value != "*" and not re.fullmatch(r"https?://[A-Za-z0-9.*_\-\[\]:]+", value):
            raise ValueError(f"{value!r} is no origin such as https://a.example, or *")
    return values


class Settings(BaseSettings):
    """The settings of one service. `Settings()` is the defaults alone; `load` reads the sources."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter=ENV_NESTED, extra="forbid", frozen=True
    )

    host: str = Field(
        default="127.0.0.1", min_length=1, description="Address the HTTP API listens on."
    )
    port: int = Field(
        default=8010, ge=0, le=65535, description="TCP port of the HTTP API; 0 takes any."
    )
    allowed_hosts: Names = Field(
        default=[],
        description="Host names that requests may be for (against DNS rebinding), beside "
        "localhost and the like. Empty: none where `host` is a loopback address, any elsewhere.",
        json_schema_extra={"allowed": "host names, separated by commas in the environment"},
    )
    cors_origins: Names = Field(
        default=[],
        description="Origins whose pages may call the API from a browser. Empty: only the "
        "server's own.",
        json_schema_extra={"allowed": "origins such as `https://a.example`, or `*`"},
    )
    frame_ancestors: Annotated[Names, AfterValidator(_as_ancestors)] = Field(
        default=[],
        description="Origins whose pages may show this server's pages in a frame, such as "
        "`/?view=face` in a kiosk. Empty: only the server's own.",
        json_schema_extra={"allowed": "origins such as `https://a.example`, or `*`"},
    )
    api_keys: Annotated[list[ApiKey], AfterValidator(_with_own_names)] = Field(
        default=[],
        repr=False,
        description="Keys without which nobody is served but pages' files and health checks: as "
        "`Authorization: Bearer KEY` or `X-API-Key: KEY`. `call`: hold sessions; `operate`: see "
        "all, make avatars; `metrics`: read /metrics. See [security.md](security.md).",
        json_schema_extra={
            "allowed": "list of tables `name`, `key` (16 characters or more), `scopes` (list of "
            "`call`, `operate`, `metrics`; `call` alone if left out); JSON in the environment"
        },
    )
    open: bool = Field(
        default=False,
        description="Whether it may listen beyond this machine (`host`) without `api_keys`: "
        "whoever reaches the port is served.",
        json_schema_extra={"allowed": "`true`, `false`"},
    )
    token_secret: Secret = Field(
        default="",
        repr=False,
        description="What signs the tokens of `POST /tokens`, shared by servers that take each "
        "other's; 32 characters or more. Empty: each start has its own.",
    )
    offers_per_minute: int = Field(
        default=300,
        ge=0,
        le=1_000_000,
        description="Sessions and viewers that one key, or one address without a key, may ask for "
        "in a minute; more get 429. 0: any.",
    )
    texts_per_minute: int = Field(
        default=600,
        ge=0,
        le=1_000_000,
        description="Texts of one key, or one address without a key, in a minute, where they cost: "
        "with a remote voice, language model or transcriber. 0: any.",
    )
    uploads_per_minute: int = Field(
        default=120,
        ge=0,
        le=1_000_000,
        description="Sounds, pictures and clips that one key, or one address without a key, may "
        "upload in a minute. 0: any.",
    )
    tls_cert: Annotated[Path | None, BeforeValidator(_empty_as_none)] = Field(
        default=None,
        description="Certificate for HTTPS, with its chain, in PEM. Unset: HTTP. Read anew at "
        "SIGHUP.",
        json_schema_extra={"default": "", "allowed": "a file"},
    )
    tls_key: Annotated[Path | None, BeforeValidator(_empty_as_none)] = Field(
        default=None,
        description="The certificate's private key, in PEM, without a password. Unset: it is in "
        "`tls_cert`.",
        json_schema_extra={"default": "", "allowed": "a file"},
    )
    trusted_proxies: Annotated[Names, AfterValidator(_as_networks)] = Field(
        default=["127.0.0.1", "::1"],
        description="Proxies whose X-Forwarded-For, -Proto, -Host and -Prefix are believed.",
        json_schema_extra={
            "allowed": "IP addresses and networks such as `10.0.0.0/8`, separated by commas in the "
            "environment, or `*`"
        },
    )
    root_path: Annotated[str, AfterValidator(_as_root)] = Field(
        default="",
        description="Path under which a proxy shows this server, such as `/talk`, whether or not "
        "it takes the path off. Pages and /docs need none.",
    )
    livetalking_status: bool = Field(
        default=False,
        description="Whether the routes that LiveTalking has answer failures as it does: HTTP 200 "
        "with `code` -1, and leniently: see docs/livetalking.md.",
        json_schema_extra={"allowed": "`true`, `false`"},
    )
    admin: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether `/operations` and `/api/admin/…` are answered, which name every "
        "session: whoever knows a session's id may speak in it. `auto`: where only this machine "
        "can ask (`host` is a loopback address and `allowed_hosts` is empty).",
    )
    pages: Path | None = Field(
        default=None,
        description="A folder of pages of your own, served at `/`; where it has no file of a name, "
        "the server's own page answers.",
        json_schema_extra={"allowed": "a folder", "default": ""},
    )
    max_calls: int = Field(
        default=12,
        ge=1,
        le=MOST,
        description="Sessions held at once; more get 503. `auto`: as many as `ringtalk capacity "
        "--plan` found for this machine and `avatar`, or six for each core.",
        json_schema_extra={"allowed": "1 to 256, or `auto`"},
    )
    avatar: str = Field(
        default="builtin",
        min_length=1,
        description="Avatar of a session that names none.",
        json_schema_extra={
            "allowed": "`builtin` (that is `juno`), `mira`, `pip`, `tomas`, each also with "
            "`-landscape` or `-portrait` behind it, or the name of an avatar that was made"
        },
    )
    voice: str = Field(
        default="auto",
        min_length=1,
        description="Voice of text that names none; `auto` picks an installed one by language.",
        json_schema_extra={
            "allowed": "`auto`, a voice that `ringtalk doctor` lists, or a `tts` service's name"
        },
    )
    fallback_voices: Names = Field(
        default=[],
        description="Voices that are tried in turn when a text's own fails before it was heard.",
        json_schema_extra={"allowed": "voices as in `voice`, separated by commas"},
    )
    tts: list[TtsService] = Field(
        default=[],
        description="Services that speak, and local engines beside the built-in voices.",
        json_schema_extra={
            "allowed": "list of tables `name`, `kind`, `url`, `key`, `model`, `voice`, …; "
            "JSON in the environment"
        },
    )
    llm: LlmService = LlmService()
    asr: AsrService = AsrService()
    listening: Listening = Listening()
    recording: RecordingLimits = RecordingLimits()
    marking: Marking = Marking()
    greeting: str = Field(
        default="",
        max_length=500,
        description="Said at the beginning of each session with a client, once it is connected; "
        "not to one that comes back. Empty: nothing is.",
    )
    guide: bool = Field(
        default=True,
        description="Whether, without a language model, a guide answers a few questions about "
        "ringtalk itself; else `type: chat` is refused.",
    )
    ahead_ms: int = Field(
        default=160,
        ge=0,
        le=2000,
        description="How far ahead of the ear speech may be rendered, in ms.",
    )
    late_ms: int = Field(
        default=400,
        ge=80,
        le=5000,
        description="How late a tick may leave, as sound without a picture, before it is given up.",
    )
    listener_wait_ms: int = Field(
        default=10_000,
        ge=0,
        le=60_000,
        description="How long a new session's speech waits for its client to be connected, in ms.",
    )
    resume_seconds: float = Field(
        default=60.0,
        ge=0,
        le=3600,
        description="How long a session's conversation is kept after its end, for a client that "
        "comes back and names it (`resume` of `/offer`); 0: not at all.",
    )
    placement: Literal["auto", "shared", "separate"] = Field(
        default="auto",
        description="Whether actors share processes; `auto` shares them on four cores or fewer.",
    )
    cpu_threads: int = Field(
        default=0, ge=0, le=256, description="Threads of one model on the CPU; 0 picks by cores."
    )
    codec: Literal["h264", "vp8"] = Field(
        default="h264", description="Video codec preferred where the client offers both."
    )
    bitrate_kbps: int = Field(
        default=1000,
        ge=100,
        le=20_000,
        description="Target bit rate of a session's video, in kbit/s.",
    )
    ice_servers: list[Annotated[IceServer, BeforeValidator(_bare_url)]] = Field(
        default=[],
        description="STUN and TURN servers, for clients beyond the local network.",
        json_schema_extra={
            "allowed": 'list of `"stun:HOST:PORT"` or tables `urls`, `username`, `credential`; '
            "JSON in the environment"
        },
    )
    turn_secret: Secret = Field(
        default="",
        repr=False,
        description="Secret shared with the TURN servers of `ice_servers` that have no "
        "`credential` of their own (coturn's `use-auth-secret`, `static-auth-secret`): every "
        "offer, and every page that asks, gets credentials that end.",
    )
    turn_seconds: int = Field(
        default=3600,
        ge=60,
        le=86_400,
        description="How long the credentials made of `turn_secret` may be used to begin.",
    )
    udp_ports: Annotated[str, AfterValidator(_as_ports)] = Field(
        default="",
        description="UDP ports of sessions' and viewers' media: one of each address for each of "
        "them. Empty: any.",
        json_schema_extra={"allowed": "`FIRST-LAST`, such as `50000-50100`"},
    )
    bind: Annotated[Names, AfterValidator(_as_addresses)] = Field(
        default=[],
        description="Addresses of this machine that media use. Empty: all; loopback where there is "
        "no other.",
        json_schema_extra={"allowed": "IP addresses, separated by commas in the environment"},
    )
    announce: Annotated[Names, AfterValidator(_as_addresses)] = Field(
        default=[],
        description="Addresses that clients are told in place of this machine's own of the same "
        "family, with the same ports: behind a 1:1 NAT, or in a container.",
        json_schema_extra={"allowed": "IP addresses, separated by commas in the environment"},
    )
    max_viewers: int = Field(
        default=100,
        ge=0,
        le=10_000,
        description="Who may watch one session over `/whep`, beside its caller; more get 503.",
    )
    max_outputs: int = Field(
        default=8, ge=0, le=64, description="Outputs of one session; more get 429."
    )
    output_hosts: Names = Field(
        default=[],
        description="Hosts, other than this machine, to which a client may have a session sent "
        "(`/outputs`, `/livekit`); `*`: any.",
        json_schema_extra={"allowed": "host names or addresses, separated by commas, or `*`"},
    )
    output_folder: Path | None = Field(
        default=None,
        description="Folder for outputs of kind `file`. Empty: there are none.",
        json_schema_extra={"default": "", "allowed": "a folder"},
    )
    transport: Literal["webrtc", "rtmp", "whip", "virtualcam"] = Field(
        default="webrtc",
        description="Other than `webrtc`: the server begins with a session `0` that has no caller, "
        "and sends it there; clients may come as well.",
    )
    push_url: str = Field(
        default="",
        repr=False,
        description="Where `transport` leads: `rtmp://…`, the URL of a WHIP server, or the device "
        "of a virtual camera (empty: the first).",
    )
    push_token: Secret = Field(
        default="", repr=False, description="Bearer token of the WHIP server of `push_url`."
    )
    unattended_seconds: float = Field(
        default=1800,
        ge=0,
        le=1_000_000,
        description="How long a session of `POST /sessions` may be used by nobody (no viewer, "
        "output or recording, nothing to say, nothing asked) before it ends. 0: it never does.",
    )
    max_text: int = Field(
        default=5000, ge=1, le=limits.TEXT, description="Characters of one /human text."
    )
    max_queue: int = Field(
        default=64,
        ge=1,
        le=10_000,
        description="Utterances that may wait in one session; more get 429.",
    )
    keep_texts: bool = Field(
        default=True,
        description="Whether texts that had not begun when the voice process died are spoken by "
        "the one that takes its place; if not, they end as interrupted.",
    )
    max_requests_per_second: int = Field(
        default=50,
        ge=1,
        le=10_000,
        description="What one session may ask for in a second, in the long run: texts, recordings, "
        "interrupts, messages on its WebSocket; four seconds' worth at once. More gets 429, and a "
        "WebSocket is closed (1008).",
    )
    max_audio_seconds: int = Field(
        default=1800, ge=1, le=36_000, description="Length of one uploaded recording, in seconds."
    )
    max_upload_mb: int = Field(
        default=100,
        ge=1,
        le=2048,
        description="Size of one uploaded file, in MB (1 MB is 1,000,000 bytes).",
    )
    header_seconds: float = Field(
        default=10.0,
        gt=0,
        le=600,
        description="How long a request's headers may take to arrive, from the connection or its "
        "first byte on.",
    )
    body_seconds: float = Field(
        default=30.0,
        gt=0,
        le=3600,
        description="How long a request's body may take to arrive, beside one second for each "
        "16 kB of it.",
    )
    idle_seconds: int = Field(
        default=75,
        ge=1,
        le=3600,
        description="How long a connection is kept for a next request: pages keep theirs, so that "
        "an interrupt needs no new one.",
    )
    max_connections: int = Field(
        default=1000,
        ge=1,
        le=1_000_000,
        description="Connections at once, at most half of the descriptors that a process may have "
        "(`ulimit -n`): sessions and restarts need the others. One more gets 503.",
    )
    unread_seconds: float = Field(
        default=20.0,
        gt=0,
        le=600,
        description="How long a client may leave unread what waits to be sent to it before its "
        "connection is cut.",
    )
    drain_seconds: float = Field(
        default=5.0,
        ge=0,
        le=86_400,
        description="How long sessions may go on when the server stops (SIGTERM), with all that "
        "they may ask for; none begins any more. A second signal ends them at once.",
    )
    max_avatar_tasks: int = Field(
        default=8,
        ge=1,
        le=1000,
        description="Avatars that may wait to be made (`/api/avatar/task`); one is made at a time. "
        "More get 429.",
    )
    video_folder: Annotated[Path | None, BeforeValidator(_empty_as_none)] = Field(
        default=None,
        description="Folder of this machine inside which `video_path` of `/api/avatar/task` may "
        "name a file. Unset: none, and clips are uploaded.",
        json_schema_extra={"default": "", "allowed": "a folder"},
    )
    notify_hosts: Annotated[Names, AfterValidator(_as_hosts)] = Field(
        default=[],
        description="Hosts that `notifyurl` of `/api/avatar/task` may name. An address that is not "
        "public (loopback, private, link-local) has to be named itself, also where a name that is "
        "allowed stands for it. Empty: nobody is told.",
        json_schema_extra={
            "allowed": "host names and addresses, each with `:PORT` behind it or for every port, "
            "and networks such as `10.0.0.0/8`; separated by commas in the environment"
        },
    )
    cache_dir: Path = Field(
        default_factory=_default_cache,
        description="Folder for prepared avatars and downloaded voices.",
        json_schema_extra={"default": "$XDG_CACHE_HOME/ringtalk", "allowed": "a folder"},
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe messages that are logged."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="One readable line, or one JSON object, per message."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what the caller passes: `load` asks the other sources itself, to name them."""
        return (init_settings,)


class _Source(NamedTuple):
    """Where values came from, and how that place spells a key."""

    values: dict[str, Any]
    prefix: str
    upper: bool = False
    dashed: bool = False

    def spell(self, key: str) -> str:
        if self.dashed:
            key = key.replace("_", "-")
        return self.prefix + (key.upper() if self.upper else key)


def load(config: Path | None = None, overrides: Mapping[str, object] | None = None) -> Settings:
    """The settings from `overrides` (command line) > environment > file > defaults.

    The file is `config`, else $RINGTALK_CONFIG, else ./ringtalk.toml where there is one.
    An override that is None was not given. Raises BadSettings, naming source and key.
    """
    given = {key: value for key, value in (overrides or {}).items() if value is not None}
    sources = [
        _Source(given, "command line: --", dashed=True),
        _Source(_environment(), f"environment: {ENV_PREFIX}", upper=True),
        _file(_config_path(config)),
    ]
    merged: dict[str, Any] = {}
    origin: dict[str, _Source] = {}
    for source in sources:
        for key, value in source.values.items():
            if key not in merged:
                merged[key], origin[key] = value, source
            elif key in GROUPS and isinstance(value, dict) and isinstance(merged[key], dict):
                merged[key] = {**value, **merged[key]}
    try:
        if merged.get("max_calls") == AUTO:
            plan_of = {key: merged[key] for key in ("cache_dir", "avatar") if key in merged}
            plain = Settings(**plan_of)
            merged["max_calls"] = planned_calls(plain.cache_dir, plain.avatar)
        settings = Settings(**merged)
    except ValidationError as error:
        lines = [_complaint(detail, origin) for detail in error.errors(include_url=False)]
        raise BadSettings("\n".join(lines)) from error
    if complaints := [_without_credentials(url) for url in _open_turns(settings)]:
        raise BadSettings("\n".join(complaints))
    return settings


def _open_turns(settings: Settings) -> Iterator[str]:
    """The TURN servers that have no credentials; none lets anybody in without (RFC 8656, 9.2)."""
    for server in settings.ice_servers:
        if not (server.username and server.credential) and not settings.turn_secret:
            yield from filter(is_turn, server.urls)


def _without_credentials(url: str) -> str:
    return (
        f"ice_servers: {url!r} has no credentials; a TURN server needs `username` and `credential` "
        "in its table, or the setting turn_secret"
    )


def _config_path(config: Path | None) -> Path | None:
    named = config or (Path(env) if (env := os.environ.get(f"{ENV_PREFIX}CONFIG")) else None)
    if named is not None:
        if not named.is_file():
            raise BadSettings(f"settings file {str(named)!r}: there is no such file")
        return named
    default = Path(DEFAULT_FILE)
    return default if default.is_file() else None


def _environment() -> dict[str, Any]:
    """The RINGTALK_* variables by field; a misspelt one stays in, to be refused by name."""
    names = [
        n for n in os.environ if n.upper().startswith(ENV_PREFIX) and n not in client_key.CLIENTS
    ]
    try:
        values = EnvSettingsSource(Settings)()
    except SettingsError as error:
        raise BadSettings(f"environment: {error}; lists of tables are written as JSON") from error
    for name in names:
        key = name[len(ENV_PREFIX) :].lower().partition(ENV_NESTED)[0]
        if key != "config" and key not in Settings.model_fields:
            values[key] = os.environ[name]
    return values


def _file(path: Path | None) -> _Source:
    if path is None:
        return _Source({}, "")
    try:
        values = TomlConfigSettingsSource(Settings, toml_file=path)()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadSettings(f"settings file {str(path)!r}: {error}") from error
    return _Source(values, f"settings file {str(path)!r}: ")


def _complaint(detail: ErrorDetails, origin: Mapping[str, _Source]) -> str:
    """One line: where, which key, what was given, what is allowed."""
    key = str(detail["loc"][0])
    where = origin[key].spell(key)
    if key not in Settings.model_fields:
        near = get_close_matches(key, Settings.model_fields, 1)
        meant = f"did you mean {near[0]}? " if near else ""
        allowed = ", ".join(sorted(Settings.model_fields))
        return f"{where}: unknown setting; {meant}allowed are {allowed}"
    inside = "".join(f"[{part!r}]" for part in detail["loc"][1:])
    if key in GROUPS:
        return _group_complaint(key, where, detail)
    return (
        f"{where}{inside} = {_given(detail)}: {detail['msg']}; "
        f"allowed: {describe(key).allowed.replace('`', '')}"
    )


def _given(detail: ErrorDetails) -> str:
    """What was given, unless it may be secret: tables and their fields are, but for names."""
    inside = [part for part in detail["loc"] if isinstance(part, str)]
    key, leaf = inside[0], inside[-1]
    known = leaf in _PLAIN and not isinstance(detail["input"], dict | list)
    plain = key not in _WITH_SECRETS or (len(inside) > 1 and known)
    return repr(detail["input"]) if plain else "…"


def _group_complaint(group: str, where: str, detail: ErrorDetails) -> str:
    name = ".".join((group, *map(str, detail["loc"][1:2])))
    rows = {row.name: row for row in table() if row.name.startswith(f"{group}.")}
    allowed = rows[name].allowed.replace("`", "") if name in rows else ", ".join(sorted(rows))
    inside = "".join(f"[{part!r}]" for part in detail["loc"][2:])
    return f"{where}: {name}{inside}: {detail['msg']}; allowed: {allowed}"


class SettingRow(NamedTuple):
    """One row of the table of settings, as text."""

    name: str
    variable: str
    default: str
    allowed: str
    meaning: str


def describe(name: str) -> SettingRow:
    """What people are told about the setting `name`. Raises KeyError if there is none."""
    schema = _schemas()[name]
    default = schema["default"]
    return SettingRow(
        name=name,
        variable=f"{ENV_PREFIX}{name.replace('.', ENV_NESTED).upper()}",
        default=str(default) if default != "" else '""',
        allowed=schema.get("allowed") or _range(schema),
        meaning=schema["description"],
    )


def _schemas() -> dict[str, dict[str, Any]]:
    """The JSON schema of each setting; one of a group is called `group.key`."""
    whole = Settings.model_json_schema(mode="validation")
    found: dict[str, dict[str, Any]] = {}
    for name, schema in whole["properties"].items():
        if "$ref" not in schema:
            found[name] = schema
            continue
        group = whole["$defs"][schema["$ref"].rpartition("/")[2]]
        found.update({f"{name}.{key}": inner for key, inner in group["properties"].items()})
    return found


def _range(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{choice}`" for choice in schema["enum"])
    if "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    if "exclusiveMinimum" in schema:
        most = schema.get("maximum", schema.get("exclusiveMaximum"))
        return f"more than {schema['exclusiveMinimum']}, up to {most}"
    return "text" if schema["type"] == "string" else str(schema["type"])


def table() -> list[SettingRow]:
    """Every setting, in the order in which they are declared."""
    return [describe(name) for name in _schemas()]
