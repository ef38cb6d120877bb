"""An outage is told once, and its end."""

import logging

import pytest
from prometheus_client import CollectorRegistry

from actors.ingest.metrics import IngestMetrics
from actors.ingest.service_outages import FORGOTTEN_SECONDS, ServiceOutages


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, dict[str, str]]]:
    return [(record.message, record.__dict__["fields"]) for record in caplog.records]


def test_each_outage_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    outages = ServiceOutages(lambda: now[0])
    with caplog.at_level(logging.INFO):
        outages.works("studio")
        for reason in ("down", "slow", "down"):
            outages.failed("studio", reason)
        outages.failed("llm", "busy")
        outages.works("studio")
        outages.works("studio")
        outages.failed("studio", "refused")
        now[0] += FORGOTTEN_SECONDS + 1
        outages.failed("llm", "busy")
    assert told(caplog) == [
        ("a service fails", {"service": "studio", "reason": "down"}),
        ("a service fails", {"service": "llm", "reason": "busy"}),
        ("a service works again", {"service": "studio"}),
        ("a service fails", {"service": "studio", "reason": "refused"}),
        ("a service fails", {"service": "llm", "reason": "busy"}),
    ]


def test_what_is_counted_is_told(caplog: pytest.LogCaptureFixture) -> None:
    metrics = IngestMetrics(CollectorRegistry())
    with caplog.at_level(logging.INFO):
        metrics.failed("studio", "down")
        metrics.first("studio", 0.1)
    assert [message for message, _ in told(caplog)] == ["a service fails", "a service works again"]
