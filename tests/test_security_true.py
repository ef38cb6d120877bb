"""The limits in SECURITY.md are those of the code, and the settings that it names exist."""

import re
from pathlib import Path

from data.services import TtsService
from runtime import limits
from runtime.settings import Settings
from server.api.funasr_socket import LONGEST_SECONDS
from server.api.guard import SDP_ROOM, SLOWEST, json_limit
from server.api.safety.request_limits import WRONG_KEYS
from server.cli.serve import MESSAGE_BYTES
from server.cli.websocket_connection import UNSENT_BYTES
from server.sessions.background_store import LEAST_SIDE, LONGEST_SIDE, MAX_MB
from server.sessions.event_log import MOST_FOLLOWERS
from server.sessions.operations_watch import MOST_WATCHERS

TEXT = (Path(__file__).parents[1] / "SECURITY.md").read_text()
ROWS = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", TEXT, re.MULTILINE))


def test_every_number_is_the_codes() -> None:
    expected = {
        "a request's body": f"{SLOWEST // 1000} kB",
        "a JSON body": f"{SDP_ROOM // 1024} kB",
        "a text": f"{limits.TEXT} characters",
        "an SDP offer": f"{limits.SDP_BYTES} bytes, {limits.SDP_LINES} lines, "
        f"{limits.SDP_SECTIONS} sections; {limits.SDP_CANDIDATES} candidates are tried",
        "an uploaded picture": f"{MAX_MB} MB, sides of {LEAST_SIDE} to {LONGEST_SIDE} pixels",
        "a message on the WebSocket": f"{MESSAGE_BYTES >> 20} MiB",
        "frames on the WebSocket, fragments and pings too": f"{limits.FRAMES_PER_SECOND} a second, "
        f"{limits.FRAMES_AT_ONCE} at once",
        "bytes that wait for one WebSocket": f"{UNSENT_BYTES >> 10} kB",
        "clients that follow one session": str(MOST_FOLLOWERS),
        "pages that watch the operations": str(MOST_WATCHERS),
        "wrong keys from one address": f"{WRONG_KEYS} a minute",
        "one sound on `/api/asr`": f"{LONGEST_SECONDS} s",
    }
    for what, told in expected.items():
        assert told in ROWS[what], what
    assert json_limit(100) - json_limit(0) == 12 * 100
    assert "12 bytes for each character" in ROWS["a JSON body"]


def test_no_row_has_a_number_that_is_not_looked_at() -> None:
    looked_at = {what for what, told in ROWS.items() if re.search(r"\d", told)}
    assert len(looked_at) == 12


def test_every_setting_that_is_named_exists() -> None:
    named = {name for name in re.findall(r"`([a-z_]+)`", TEXT) if "_" in name}
    assert named <= {*Settings.model_fields, *TtsService.__dataclass_fields__}
    assert len(named) > 10
