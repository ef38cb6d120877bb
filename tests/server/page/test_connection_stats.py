"""Statistics of a connection, from scripted statistics."""

from typing import Any

from playwright.sync_api import Page

SCRIPT = """
async (reports) => {
  const { StatsReader } = await import('/connection_stats.js');
  const statsReader = new StatsReader();
  return reports.map((stats) => statsReader.read(new Map(stats.map((stat) => [stat.id, stat]))));
}
"""


def report(second: int, **changes: object) -> list[dict[str, Any]]:
    """What a browser tells after so many seconds of a session at 25 pictures a second."""
    rtp = {"type": "inbound-rtp", "timestamp": second * 1000.0}
    video = {
        **rtp,
        "id": "V",
        "kind": "video",
        "codecId": "C",
        "framesDecoded": 25 * second,
        "bytesReceived": 50_000 * second,
        "packetsReceived": 100 * second,
        "packetsLost": 3,
        "jitterBufferDelay": 0.5 * second,
        "jitterBufferEmittedCount": 25 * second,
        "frameWidth": 512,
        "frameHeight": 512,
    }
    audio = {
        **rtp,
        "id": "A",
        "kind": "audio",
        "bytesReceived": 6_250 * second,
        "packetsReceived": 50 * second,
        "packetsLost": 0,
        "jitterBufferDelay": 1440.0 * second,
        "jitterBufferEmittedCount": 48_000 * second,
    }
    pair = {"id": "P", "type": "candidate-pair", "nominated": True, "currentRoundTripTime": 0.012}
    codec = {"id": "C", "type": "codec", "mimeType": "video/H264"}
    return [{**video, **changes}, audio, pair, codec]


def stats(module_page: Page, *reports: list[dict[str, Any]]) -> dict[str, Any]:
    result: list[dict[str, Any]] = module_page.evaluate(SCRIPT, list(reports))
    return result[-1]


def test_rates_are_of_the_time_between_two_reports(module_page: Page) -> None:
    now = stats(module_page, report(4), report(5))
    assert now["fps"] == 25
    assert now["kbps"] == 450
    assert now["soundBufferMs"] == 30
    assert now["pictureBufferMs"] == 20


def test_counters_are_of_the_whole_session(module_page: Page) -> None:
    now = stats(module_page, report(5))
    assert (now["packetsLost"], now["packetsReceived"]) == (3, 750)
    assert (now["width"], now["height"], now["codecs"]) == (512, 512, "H264")


def test_the_first_report_has_no_rates(module_page: Page) -> None:
    now = stats(module_page, report(5))
    assert (now["fps"], now["kbps"], now["soundBufferMs"]) == (None, None, None)


def test_another_stream_starts_anew(module_page: Page) -> None:
    assert stats(module_page, report(5), report(6, id="V2"))["fps"] is None


def test_round_trip_in_either_browsers_way(module_page: Page) -> None:
    assert stats(module_page, report(1))["roundTripMs"] == 12
    transport = {"id": "T", "type": "transport", "selectedCandidatePairId": "Q"}
    chosen = {"id": "Q", "type": "candidate-pair", "currentRoundTripTime": 0.004}
    assert stats(module_page, [*report(1), transport, chosen])["roundTripMs"] == 4


def test_what_the_browser_does_not_tell_is_null(module_page: Page) -> None:
    now = stats(module_page, [])
    assert (now["roundTripMs"], now["width"], now["codecs"]) == (None, None, "")
