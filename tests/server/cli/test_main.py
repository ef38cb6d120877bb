"""The command line: statuses, messages, and what it hands on."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from runtime.errors import CannotSpeak, RingtalkError
from runtime.settings import Settings
from server.cli.main import app
from server.cli.serve import listen
from server.sessions.appearance import AvatarList
from server.sessions.avatar_tasks import Engines
from tests.server.service_recorder import Recorder

Progress = Callable[[int, int | None], None]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    """A runner in an empty folder, with no settings in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return CliRunner()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> type[Recorder]:
    """The service's module, with a recorder for the service; `given` is the settings it got."""

    class Made(Recorder):
        given: Settings

        def __init__(self, settings: Settings, avatar_list: AvatarList, engines: Engines) -> None:
            super().__init__()
            Made.given = settings
            self.refusal = RingtalkError("no actor starts here")

    module = ModuleType("server.sessions.local_service")
    module.__dict__["LocalSessionService"] = Made
    monkeypatch.setitem(sys.modules, "server.sessions.local_service", module)
    return Made


class Spoken:
    """Stands in for `server.cli.speak.speak`: what it was given, and what it does."""

    def __init__(self) -> None:
        self.given: tuple[Settings, str | Path, Path] | None = None
        self.background: str | Path = ""
        self.refusal: RingtalkError | None = None

    async def speak(
        self,
        settings: Settings,
        words: str | Path,
        output: Path,
        progress: Progress,
        background: str | Path = "",
        *,
        subtitles: bool = False,
    ) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.given = settings, words, output
        self.background = background
        progress(10, None)
        progress(50, 50)


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> Spoken:
    stand_in = Spoken()
    module = ModuleType("server.cli.speak")
    module.__dict__["speak"] = stand_in.speak
    monkeypatch.setitem(sys.modules, "server.cli.speak", module)
    return stand_in


def test_help_imports_nothing_heavy() -> None:
    check = (
        "import sys, server.cli.main as cli\n"
        "heavy = {'fastapi', 'pydantic', 'uvicorn', 'av', 'numpy', 'rich'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", check], check=True)


def test_version(run: CliRunner) -> None:
    shown = run.invoke(app, ["--version"])
    assert shown.exit_code == 0
    assert shown.stdout.startswith("ringtalk ")


def test_serve_hands_on_what_was_given(run: CliRunner, made: type[Recorder]) -> None:
    Path("ringtalk.toml").write_text("max_calls = 3\nvoice = 'hibari'\n")
    done = run.invoke(app, ["serve", "--port", "0", "--max-calls", "5"])
    given = made.__dict__["given"]
    assert (given.port, given.max_calls, given.voice) == (0, 5, "hibari")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == "ringtalk: no actor starts here"


def test_serve_on_a_port_in_use(run: CliRunner, made: type[Recorder]) -> None:
    with listen(Settings(port=0)) as taken:
        port = str(taken.getsockname()[1])
        done = run.invoke(app, ["serve", "--port", port])
    assert done.exit_code == 1
    assert done.stderr == (
        f"ringtalk: port {port} of 127.0.0.1 is in use by another program; choose one with --port\n"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["serve", "--codec", "av1"], "command line: --codec = 'av1'"),
        (["serve", "--max-calls", "0"], "command line: --max-calls = '0'"),
        (["serve", "--config", "none.toml"], "'none.toml': there is no such file"),
        (["settings", "--config", "none.toml"], "'none.toml': there is no such file"),
        (["speak", "-o", "a.mp4"], "--audio FILE"),
        (["speak", " ", "-o", "a.mp4"], "the text is empty"),
        (["speak", "hi", "-o", "a.mov"], "'a.mov' ends in '.mov'; allowed are .mp4 and .webp"),
        (["speak", "hi", "-o", "a.gif"], "allowed are .mp4 and .webp"),
        (["speak", "hi", "-o", "a.mp4.wav"], "allowed are .mp4 and .webp"),
        (["speak", "hi", "-o", "film"], "'film' has no ending; allowed are .mp4 and .webp"),
        (["speak", "hi", "-o", "."], "has no ending"),
    ],
)
def test_misuse_ends_with_2(run: CliRunner, arguments: list[str], told: str) -> None:
    done = run.invoke(app, arguments)
    assert done.exit_code == 2
    assert told in done.stderr


def test_speak_a_text(run: CliRunner, spoken: Spoken) -> None:
    done = run.invoke(app, ["speak", "hello", "-o", "a.mp4", "--voice", "hibari"])
    assert done.exit_code == 0, done.stderr
    assert done.stdout == "a.mp4: 2.0 s\n"
    assert spoken.given is not None
    settings, words, output = spoken.given
    assert (settings.voice, words, output) == ("hibari", "hello", Path.cwd() / "a.mp4")
    assert spoken.background == ""


@pytest.mark.parametrize("name", ["a.MP4", "a.b.mp4", "a.webp", "a.WebP"])
def test_speak_into_any_kind(run: CliRunner, spoken: Spoken, name: str) -> None:
    assert run.invoke(app, ["speak", "hello", "-o", name]).exit_code == 0


def test_speak_into_a_folder(run: CliRunner, spoken: Spoken) -> None:
    Path("a.mp4").mkdir()
    done = run.invoke(app, ["speak", "hello", "-o", "a.mp4"])
    assert done.exit_code == 1
    assert "it is a folder" in done.stderr


def test_speak_from_stdin(run: CliRunner, spoken: Spoken) -> None:
    done = run.invoke(app, ["speak", "-", "-o", "a.mp4"], input="你好\n".encode())
    assert done.exit_code == 0, done.stderr
    assert spoken.given is not None
    assert spoken.given[1] == "你好\n"


def test_speak_a_recording(run: CliRunner, spoken: Spoken) -> None:
    Path("a.wav").write_bytes(b"sound")
    done = run.invoke(app, ["speak", "--audio", "a.wav", "-o", "a.mp4"])
    assert done.exit_code == 0, done.stderr
    assert spoken.given is not None
    assert spoken.given[1] == Path("a.wav")
    assert run.invoke(app, ["speak", "hi", "--audio", "a.wav", "-o", "a.mp4"]).exit_code == 2
    assert run.invoke(app, ["speak", "--audio", "b.wav", "-o", "a.mp4"]).exit_code == 2


def test_speak_in_front_of_something(run: CliRunner, spoken: Spoken) -> None:
    Path("wall.jpg").write_bytes(b"picture")
    for background in ("#204060", Path("wall.jpg")):
        done = run.invoke(app, ["speak", "hi", "-o", "a.mp4", "--background", str(background)])
        assert done.exit_code == 0, done.stderr
        assert spoken.background == background
    done = run.invoke(app, ["speak", "hi", "-o", "a.mp4", "--background", "red"])
    assert done.exit_code == 2
    assert "'red': neither a colour such as #204060 nor a file" in done.stderr


def test_speak_fails_in_one_line(run: CliRunner, spoken: Spoken) -> None:
    spoken.refusal = CannotSpeak("no voice speaks this")
    done = run.invoke(app, ["speak", "hi", "-o", "a.mp4"])
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == "ringtalk: no voice speaks this"
    done = run.invoke(app, ["speak", "hi", "-o", "nowhere/a.mp4"])
    assert done.exit_code == 1
    assert "there is no folder 'nowhere'" in done.stderr


def test_doctor_as_json(run: CliRunner) -> None:
    done = run.invoke(app, ["doctor", "--port", "0", "--json"])
    told = json.loads(done.stdout)
    assert done.exit_code == (0 if told["ok"] else 1)
    assert {"name", "state", "found", "advice"} == set(told["findings"][0])


def test_doctor_as_a_table(run: CliRunner) -> None:
    done = run.invoke(app, ["doctor", "--port", "0"])
    assert "memfd_create" in done.stdout


def test_settings_shows_the_values_in_force(
    run: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("RINGTALK_MAX_CALLS", "77")
    shown = run.invoke(app, ["settings"])
    assert shown.exit_code == 0
    [line] = [line for line in shown.stdout.splitlines() if line.startswith("max_calls")]
    assert line.split()[1] == "77"
    for name in Settings.model_fields:
        assert name in shown.stdout
