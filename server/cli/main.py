"""The command `ringtalk`: serve, speak, doctor, settings.

In: arguments, the environment, a settings file. Out: a process's exit status: 0 it went
well, 1 it did not, 2 the arguments or settings are wrong. Every heavy import waits for the
command that needs it, so that `--help` is quick. Owns nothing itself.
"""

# ruff: noqa: PLC0415 - the late imports are the point; see above

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from server.cli import avatar, health, migrate, models, perf
from server.cli.exposure import why_unsafe
from server.cli.options import FAILED, MISUSED, AsJson, Avatar, Config, fail, settings_of
from server.cli.serve_command import ServeCommand
from server.cli.text_first import TextCommand

if TYPE_CHECKING:
    from socket import socket

    from runtime.settings import Settings


app: Final = typer.Typer(
    name="ringtalk",
    help="A real-time digital human: text or sound in, a talking face out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Port = Annotated[int | None, typer.Option(help="TCP port; 0 takes any.")]
Background = Annotated[
    str | None,
    typer.Option(help="Behind the person: #rrggbb, or a JPEG, PNG, WebP, AVIF or BMP picture."),
]
VoiceName = Annotated[str | None, typer.Option("--voice", help="Who is heard.")]
LogLevel = Annotated[str | None, typer.Option(help="debug, info, warning or error.")]


def _show_version(wanted: bool) -> None:
    if not wanted:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        typer.echo(f"ringtalk {version('ringtalk')}")
    except PackageNotFoundError:
        typer.echo("ringtalk (not installed: run from its sources)")
    raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """A real-time digital human: text or sound in, a talking face out."""


@app.command(cls=ServeCommand)
def serve(
    config: Config = None,
    host: Host = None,
    port: Port = None,
    max_calls: Annotated[
        str | None, typer.Option(help="Sessions held at once; auto: by `capacity --plan`.")
    ] = None,
    avatar: Avatar = None,
    voice: VoiceName = None,
    codec: Annotated[str | None, typer.Option(help="h264 or vp8.")] = None,
    placement: Annotated[str | None, typer.Option(help="auto, shared or separate.")] = None,
    transport: Annotated[
        str | None, typer.Option(help="webrtc; or rtmp, whip, virtualcam: send session 0 there.")
    ] = None,
    push_url: Annotated[
        str | None, typer.Option(help="Where the transport leads; RINGTALK_PUSH_URL hides a key.")
    ] = None,
    push_token: Annotated[
        str | None,
        typer.Option(help="The WHIP server's bearer token; RINGTALK_PUSH_TOKEN hides it."),
    ] = None,
    log_level: LogLevel = None,
    log_format: Annotated[str | None, typer.Option(help="text or json.")] = None,
    pages: Annotated[
        Path | None, typer.Option(help="A folder of pages of your own, served at /.")
    ] = None,
) -> None:
    """Run the server until it is told to stop."""
    given = {
        "host": host,
        "port": port,
        "max_calls": max_calls,
        "avatar": avatar,
        "voice": voice,
        "codec": codec,
        "placement": placement,
        "transport": transport,
        "push_url": push_url,
        "push_token": push_token,
        "log_level": log_level,
        "log_format": log_format,
        "pages": pages,
    }
    settings = settings_of(config, given)
    if unsafe := why_unsafe(settings):
        fail(unsafe, MISUSED)
    if settings.pages is not None and not settings.pages.is_dir():
        fail(f"pages {str(settings.pages)!r}: there is no such folder", MISUSED)

    import uvloop

    from runtime import log
    from runtime.errors import RingtalkError
    from runtime.settings import load
    from server.cli.avatar_list import avatar_list
    from server.cli.certificate import BadCertificate
    from server.cli.making_engines import making_engines
    from server.cli.serve import CannotListen, listen
    from server.cli.serve import serve as serve_sessions
    from server.sessions.local_service import LocalSessionService

    async def run(sock: "socket") -> int:
        service = LocalSessionService(
            settings, partial(avatar_list, settings), partial(making_engines, settings)
        )
        announce = partial(_announce, settings.log_format)
        return await serve_sessions(service, settings, sock, announce, partial(load, config, given))

    log.set_up("server", settings.log_level, settings.log_format)
    try:
        with listen(settings) as sock:
            status = uvloop.run(run(sock))
    except (CannotListen, BadCertificate, RingtalkError) as error:
        _fail_as(settings.log_format, str(error))
    raise typer.Exit(status)


def _announce(log_format: str, url: str) -> None:
    """For whoever waits for it: on standard output, where no log is."""
    if log_format == "json":
        import json

        typer.echo(json.dumps({"level": "info", "message": "ringtalk is ready", "url": url}))
    else:
        typer.echo(f"ringtalk is ready: open {url}")


def _fail_as(log_format: str, message: str) -> None:
    """As `fail`, in the log's own format."""
    if log_format == "json":
        import logging

        logging.getLogger("server").critical(message)
        raise typer.Exit(FAILED)
    fail(message)


@app.command(cls=TextCommand)
def speak(
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="The MP4 to write; an animation without sound if it ends in .webp. With --batch "
            "the folder for all.",
        ),
    ],
    text: Annotated[
        str | None, typer.Argument(metavar="[TEXT|-]", help="What to say; - reads it from stdin.")
    ] = None,
    audio: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A recording to say instead.")
    ] = None,
    batch: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Many clips: a .txt (a line each), .csv or .jsonl (a row each). What is finished "
            "is skipped, so that a batch that was cut short goes on.",
        ),
    ] = None,
    subtitles: Annotated[
        bool, typer.Option("--subtitles", help="Write .vtt and .srt beside it, as --batch does.")
    ] = False,
    mark: Annotated[
        bool,
        typer.Option(
            "--mark",
            help="Say in words in the picture that a machine made it (marking.language, .corner).",
        ),
    ] = False,
    config: Config = None,
    avatar: Avatar = None,
    background: Background = None,
    voice: VoiceName = None,
    log_level: LogLevel = None,
) -> None:
    """Write a video of the face saying a text or a recording, or many of them."""
    given = {"avatar": avatar, "voice": voice, "log_level": log_level or "warning"}
    if batch is not None:
        if text is not None or audio is not None:
            fail("--batch has the texts: say neither a text nor --audio beside it", MISUSED)
        _speak_batch(batch, output, _behind(background), _marking(settings_of(config, given), mark))
        return
    source = _source(text, audio)
    _check_output(output)
    behind = _behind(background)
    settings = _marking(settings_of(config, given), mark)

    import uvloop

    from runtime import log
    from runtime.errors import RingtalkError
    from server.cli.speak import speak as speak_to_file
    from server.cli.speak_bar import SpeakBar

    log.set_up("speak", settings.log_level, settings.log_format)
    try:
        with SpeakBar() as progress:
            to_file = speak_to_file(
                settings, source, output.absolute(), progress.tell, behind, subtitles=subtitles
            )
            uvloop.run(to_file)
    except (RingtalkError, OSError) as error:
        fail(str(error))
    typer.echo(f"{output}: {progress.seconds:.1f} s")


def _marking(settings: "Settings", mark: bool) -> "Settings":
    """The settings, with a visible mark in every film if one is wanted."""
    if not mark:
        return settings
    always = replace(settings.marking, visible="always")
    return settings.model_copy(update={"marking": always})


def _speak_batch(batch: Path, folder: Path, background: "str | Path", settings: "Settings") -> None:
    """Make every clip that is not finished, and say which could not be."""
    import uvloop

    from runtime import log
    from runtime.errors import RingtalkError
    from server.cli.batch import BatchWatcher, make_batch, unfinished
    from server.cli.batch_bar import BatchBar
    from server.cli.batch_file import BadBatch, clips_of, read_batch

    log.set_up("speak", settings.log_level, settings.log_format)
    try:
        clips = clips_of(read_batch(batch), folder.absolute(), background)
    except BadBatch as error:
        fail(f"--batch: {error}", MISUSED)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        todo = unfinished(clips, folder, settings)
        with BatchBar(len(clips), len(clips) - len(todo)) as bar:
            watcher = BatchWatcher(bar.begins, bar.progress, bar.ends)
            failed = uvloop.run(make_batch(settings, todo, folder, watcher)) if todo else []
    except (RingtalkError, OSError) as error:
        fail(str(error))
    made, skipped = len(todo) - len(failed), len(clips) - len(todo)
    typer.echo(
        f"{folder}: {made} made ({bar.seconds:.1f} s), {skipped} finished before, "
        f"{len(failed)} failed"
    )
    if failed:
        fail("\n".join(f"{one.clip.output.name}: {one.why}" for one in failed))


def _check_output(output: Path) -> None:
    """What is wrong with the name is told now, not when all is spoken."""
    from actors.egress.file.kinds import kind_of

    try:
        kind_of(output)
    except ValueError as error:
        fail(f"--output: {error}", MISUSED)
    if output.is_dir():
        fail(f"cannot write {str(output)!r}: it is a folder")
    if not output.parent.is_dir():
        fail(f"cannot write {str(output)!r}: there is no folder {str(output.parent)!r}")


def _behind(background: str | None) -> str | Path:
    """The colour, or the picture's path; "" for the avatar's own."""
    from data.colour import is_colour

    if not background or is_colour(background):
        return background or ""
    if not Path(background).is_file():
        fail(f"--background {background!r}: neither a colour such as #204060 nor a file", MISUSED)
    return Path(background)


def _source(text: str | None, audio: Path | None) -> str | Path:
    """The text, or the recording's path; exactly one of them is given."""
    if (text is None) == (audio is None):
        fail("say either a text (or - to read it from stdin) or --audio FILE", MISUSED)
    if audio is not None:
        return audio
    if text == "-":
        text = typer.get_text_stream("stdin", encoding="utf-8").read()
    if text is None or not text.strip():
        fail("the text is empty", MISUSED)
    return text


@app.command()
def doctor(
    config: Config = None,
    host: Host = None,
    port: Port = None,
    online: Annotated[
        bool,
        typer.Option(
            "--online", help="Ask the voices, the transcriber and the language model too."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what this machine has and lacks; exit status 1 where something essential is missing."""
    settings = settings_of(config, {"host": host, "port": port})

    from server.cli.doctor import examine

    findings = examine(settings, online)
    missing = [finding.name for finding in findings if finding.state == "missing"]
    from server.cli.tables import print_findings, print_json

    if as_json:
        print_json({"ok": not missing, "findings": [finding._asdict() for finding in findings]})
    else:
        print_findings(findings)
    raise typer.Exit(FAILED if missing else 0)


@app.command("settings")
def show_settings(config: Config = None, as_json: AsJson = False) -> None:
    """Print every setting, its value here, and what is allowed."""
    values = settings_of(config, {})

    from server.cli.tables import print_json, print_settings, settings_rows

    if as_json:
        print_json(settings_rows(values))
        return
    print_settings(values)


health.register(app)
perf.register(app)
avatar.register(app)
models.register(app)
migrate.register(app)

if __name__ == "__main__":
    app()
