"""Names in tables are for copying: whole in a narrow terminal, a row a line in a pipe."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest

from runtime.settings import table

CODE = "from runtime.settings import Settings; from server.cli.tables import print_settings; "
COMMAND = (sys.executable, "-c", f"{CODE}print_settings(Settings())")


def at_a_terminal(columns: int) -> str:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**os.environ, "TERM": "dumb"}
    environment.pop("COLUMNS", None)
    with subprocess.Popen(COMMAND, stdin=theirs, stdout=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        told = bytearray()
        while True:
            try:
                told += os.read(ours, 65536)
            except OSError:  # the terminal's other end is gone: Linux says EIO
                break
    os.close(ours)
    return told.decode()


@pytest.mark.parametrize("columns", [30, 80])
def test_no_name_is_broken_at_a_terminal(columns: int) -> None:
    shown = at_a_terminal(columns).splitlines()
    for row in table():
        assert any(line.startswith(f"{row.name} ") for line in shown), row.name


def test_a_row_is_a_line_in_a_pipe() -> None:
    done = subprocess.run(COMMAND, capture_output=True, check=True, timeout=60, text=True)
    lines = done.stdout.splitlines()
    assert len(lines) == len(table()) + 1
    assert all(line.startswith(row.name) for line, row in zip(lines[1:], table(), strict=True))
