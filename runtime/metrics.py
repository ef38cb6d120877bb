"""One exposition out of many processes' metrics.

In: each process's Prometheus text. Out: one registry's collector, in which
families of the same name are one family. Runs in the supervisor; owns nothing.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

CREATED: Final = "_created"
"""prometheus-client's own gauges of when a metric began; their sum means nothing."""


def merged(texts: Iterable[str]) -> Iterator[Metric]:
    """The families of all texts; samples of equal name and labels are added up."""
    families: dict[str, Metric] = {}
    sums: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}
    for text in texts:
        for family in text_string_to_metric_families(text):
            if family.name.endswith(CREATED):
                continue
            families.setdefault(family.name, family)
            totals = sums.setdefault(family.name, {})
            for sample in family.samples:
                key = (sample.name, tuple(sorted(sample.labels.items())))
                totals[key] = totals.get(key, 0.0) + sample.value
    for name, family in families.items():
        whole = Metric(name, family.documentation, family.type)
        for (series, labels), value in sums[name].items():
            whole.add_sample(series, dict(labels), value)
        yield whole
