"""A text that begins with a hyphen is a text."""

from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from server.cli.text_first import TextCommand

app = typer.Typer(rich_markup_mode=None)


@app.command(cls=TextCommand)
def say(
    output: Annotated[str, typer.Option("--output", "-o")],
    text: Annotated[str, typer.Argument()] = "",
    loud: Annotated[bool, typer.Option("--loud")] = False,
) -> None:
    typer.echo(f"{output}|{text}|{loud}")


@pytest.mark.parametrize(
    "text",
    [
        "-5 degrees",
        "-5",
        "-5°",
        "-.5",
        "- a list item",
        "-- he said",
        "--no, thanks",
        "-on the table",
        "-No! Never.",
        "— she said",
        "-",
        "plain",
    ],
)
@pytest.mark.parametrize("order", ["first", "last", "middle"])
def test_a_text_that_begins_with_a_hyphen_is_said(text: str, order: str) -> None:
    arguments = {
        "first": [text, "-o", "a.mp4", "--loud"],
        "last": ["--loud", "--output", "a.mp4", text],
        "middle": ["-o", "a.mp4", text, "--loud"],
    }[order]
    done = CliRunner().invoke(app, arguments)
    assert (done.exit_code, done.stdout) == (0, f"a.mp4|{text}|True\n"), done.output


def test_what_is_an_option_stays_one() -> None:
    for arguments in (["-omy film.mp4", "hi"], ["--output=my film.mp4", "hi"]):
        assert CliRunner().invoke(app, arguments).stdout == "my film.mp4|hi|False\n"
    assert CliRunner().invoke(app, ["-o", "-5 a.mp4", "hi"]).stdout == "-5 a.mp4|hi|False\n"
    assert CliRunner().invoke(app, ["-o", "a", "--", "-loud"]).stdout == "a|-loud|False\n"


@pytest.mark.parametrize("text", ["-hello", "--help-me"])
def test_what_may_be_either_is_refused_with_a_hint(text: str) -> None:
    done = CliRunner().invoke(app, ["-o", "a.mp4", text])
    assert done.exit_code == 2
    assert "goes behind --" in done.output
