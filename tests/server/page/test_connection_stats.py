"""The figures of a connection, from scripted statistics."""

from typing import Any

from playwright.sync_api import Page

SCRIPT = """
async (reports) => {
  const { Figuring } = await import('/connection_stats.js');
  const figuring = new Figuring();
  return reports.map((stats) => figuring.figure(new Map(stats.map((stat) => [stat.id, stat]))));
}
"""


def report(second: int, **changes: object) -> list[dict[str, Any]]:
    """What a browser tells after so many seconds of a call at 25 pictures a second."""
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


def figures(lab: Page, *reports: list[dict[str, Any]]) -> dict[str, Any]:
    result: list[dict[str, Any]] = lab.evaluate(SCRIPT, list(reports))
    return result[-1]


def test_rates_are_of_the_time_between_two_reports(lab: Page) -> None:
    now = figures(lab, report(4), report(5))
    assert now["fps"] == 25
    assert now["kbps"] == 450
    assert now["soundBufferMs"] == 30
    assert now["pictureBufferMs"] == 20


def test_counters_are_of_the_whole_call(lab: Page) -> None:
    now = figures(lab, report(5))
    assert (now["packetsLost"], now["packetsReceived"]) == (3, 750)
    assert (now["width"], now["height"], now["codecs"]) == (512, 512, "H264")


def test_the_first_report_has_no_rates(lab: Page) -> None:
    now = figures(lab, report(5))
    assert (now["fps"], now["kbps"], now["soundBufferMs"]) == (None, None, None)


def test_another_stream_starts_anew(lab: Page) -> None:
    assert figures(lab, report(5), report(6, id="V2"))["fps"] is None


def test_round_trip_in_either_browsers_way(lab: Page) -> None:
    assert figures(lab, report(1))["roundTripMs"] == 12
    transport = {"id": "T", "type": "transport", "selectedCandidatePairId": "Q"}
    chosen = {"id": "Q", "type": "candidate-pair", "currentRoundTripTime": 0.004}
    assert figures(lab, [*report(1), transport, chosen])["roundTripMs"] == 4


def test_what_the_browser_does_not_tell_is_null(lab: Page) -> None:
    now = figures(lab, [])
    assert (now["roundTripMs"], now["width"], now["codecs"]) == (None, None, "")
