"""Metrics of many processes become one exposition."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from runtime.metrics import merged


def process(count: int, seconds: float) -> str:
    registry = CollectorRegistry()
    ticks = Counter("ticks_total", "Ticks.", ["kind"], registry=registry)
    ticks.labels("idle").inc(count)
    Histogram("stage_seconds", "Time.", ["stage"], registry=registry).labels("egress").observe(
        seconds
    )
    return generate_latest(registry).decode()


def test_equal_samples_add_up_and_families_stay_one() -> None:
    families = {family.name: family for family in merged([process(2, 0.1), process(3, 0.2)])}
    assert set(families) == {"ticks", "stage_seconds"}
    values = {
        (sample.name, sample.labels.get("le")): sample.value
        for family in families.values()
        for sample in family.samples
    }
    assert values["ticks_total", None] == 5
    assert values["stage_seconds_count", None] == 2
    assert round(values["stage_seconds_sum", None], 6) == 0.3


def test_a_process_that_is_down_is_an_empty_text() -> None:
    assert [f.name for f in merged(["", process(1, 0.1)])] == ["ticks", "stage_seconds"]
