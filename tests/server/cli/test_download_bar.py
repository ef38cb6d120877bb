"""The bar shows itself to people only, and its lines go to standard output whole."""

import io
import sys

import pytest

from server.cli.download_bar import DownloadBar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _pull(bar: DownloadBar) -> None:
    with bar:
        bar.tell("unet.pth", 1_000_000, 4_000_000)
        bar.tell("unet.pth", 4_000_000, 4_000_000)
        bar.say("unet.pth: fetched")
        bar.tell("config.json", 0, None)


def test_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    _pull(DownloadBar())
    assert capsys.readouterr().out == "unet.pth: fetched\n"
    assert "4.0/4.0 MB" in terminal.getvalue()
    assert "config.json" in terminal.getvalue()


def test_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    _pull(DownloadBar())
    said = capsys.readouterr()
    assert (said.out, said.err) == ("unet.pth: fetched\n", "")
