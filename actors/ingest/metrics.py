"""What ingest counts: how long voices take, and which services fail.

Shown by /metrics; outages also in the log. Runs in ingest; owns the collectors in the process's
registry.
"""

from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Histogram

from actors.ingest.service_outages import ServiceOutages

SECONDS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class IngestMetrics:
    """The collectors."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._outages = ServiceOutages()
        self._first = Histogram(
            "ringtalk_tts_first_seconds",
            "From a sentence that is asked for to its first sound.",
            ["voice"],
            buckets=SECONDS,
            registry=registry,
        )
        self._failed = Counter(
            "ringtalk_service_failures",
            "Requests to a service that failed.",
            ["service", "reason"],
            registry=registry,
        )

        self._drafts = Counter(
            "ringtalk_answer_drafts",
            "Answers that were begun before a person's turn was over, by what became of them.",
            ["outcome"],
            registry=registry,
        )
        self._tokens = Counter(
            "ringtalk_answer_draft_tokens",
            "Pieces that the model sent for such answers, by what became of them.",
            ["outcome"],
            registry=registry,
        )

        self._tools = Histogram(
            "ringtalk_tool_seconds",
            "How long calls of tools by the model took, by what became of them.",
            ["tool", "outcome"],
            buckets=SECONDS,
            registry=registry,
        )

    def called(self, tool: str, outcome: str, seconds: float) -> None:
        """A call of a tool is over."""
        self._tools.labels(tool, outcome).observe(seconds)

    def drafted(self, outcome: Literal["used", "wasted"], tokens: int) -> None:
        """An answer that was begun early is wanted, or is not."""
        self._drafts.labels(outcome).inc()
        self._tokens.labels(outcome).inc(tokens)

    def first(self, voice: str, seconds: float) -> None:
        """A voice gave the first sound of a sentence."""
        self._outages.works(voice)
        self._first.labels(voice).observe(seconds)

    def failed(self, service: str, reason: str) -> None:
        """A service failed."""
        self._outages.failed(service, reason)
        self._failed.labels(service, reason).inc()
