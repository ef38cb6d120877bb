"""Plots as SVG text: curves over two axes, and bars of two parts.

In: numbers. Out: one `<svg>` element that needs nothing else. Pure functions; own nothing.
"""

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from typing import Final

Points = Sequence[tuple[float, float]]

WIDTH: Final = 640
HEIGHT: Final = 300
LEFT: Final = 60
RIGHT: Final = 190
TOP: Final = 30
BOTTOM: Final = 42
COLOURS: Final = ("#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2", "#be185d")
TICKS: Final = 5
BAR: Final = 22
FLAT: Final = 1e-6
"""Values that differ by less are drawn as one."""


def curves(
    title: str,
    across: str,
    up: str,
    lines: Mapping[str, Points],
    limits: Mapping[str, float] | None = None,
    moments: Sequence[float] = (),
) -> str:
    """Lines by name over the axes `across` and `up`; `limits`: dashed, at heights of `up`;
    `moments`: grey uprights, at places of `across`."""
    limits = limits or {}
    points = [point for line in lines.values() for point in line]
    xs = _scale([*(x for x, _ in points), *moments])
    ys = _scale([*(y for _, y in points), *limits.values()])
    parts = [_text(LEFT, 18, title, "title"), *_axes(across, up, xs, ys)]
    for line, colour in zip(lines.values(), _forever(len(lines)), strict=True):
        path = " ".join(f"{_x(x, xs):.1f},{_y(y, ys):.1f}" for x, y in line)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        )
    for moment in moments:
        x = _x(moment, xs)
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" class="moment"/>'
        )
    for name, limit in limits.items():
        y = _y(limit, ys)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" class="limit"/>')
        parts.append(_text(LEFT + 4, y - 4, name, "limit"))
    return _svg(HEIGHT, [*parts, *_legend(list(lines))])


def cumulative(samples: Sequence[float]) -> list[tuple[float, float]]:
    """The steps of an empirical distribution: value, percent of samples not above it."""
    ordered = sorted(samples)
    return [(value, 100 * (n + 1) / len(ordered)) for n, value in enumerate(ordered)]


def waterfall(title: str, unit: str, bars: Mapping[str, tuple[float, float]]) -> str:
    """One bar for each name, (waiting, working), each beginning where the last one ends."""
    xs = _scale([0.0, sum(sum(bar) for bar in bars.values())])
    height = TOP + BAR * len(bars) + BOTTOM
    parts, begin = [_text(LEFT, 18, title, "title")], 0.0
    for row, (name, (wait, work)) in enumerate(bars.items()):
        y = TOP + row * BAR
        for length, colour in ((wait, "#cbd5e1"), (work, COLOURS[0])):
            x, end = _x(begin, xs), _x(begin + length, xs)
            parts.append(
                f'<rect x="{x:.1f}" y="{y + 3}" width="{max(end - x, 0.5):.1f}" '
                f'height="{BAR - 6}" fill="{colour}"/>'
            )
            begin += length
        parts.append(_text(WIDTH - RIGHT + 8, y + 15, f"{name} {wait:.1f} + {work:.1f} {unit}"))
    parts += [_text(_x(x, xs), height - 24, f"{x:g}", "tick") for x in _ticks(xs)]
    parts.append(_text(LEFT, height - 6, f"{unit}; grey: waiting, blue: working"))
    return _svg(height, parts)


def timeline(title: str, unit: str, spans: Mapping[str, tuple[float, float]], seam: float) -> str:
    """One bar for each name, from its first to its second place; what is before `seam` is pale."""
    xs = _scale([place for span in spans.values() for place in span])
    height = TOP + BAR * len(spans) + BOTTOM
    parts = [_text(LEFT, 18, title, "title")]
    for row, (name, (begin, end)) in enumerate(spans.items()):
        y, middle = TOP + row * BAR, min(max(begin, seam), end)
        for left, right, colour in ((begin, middle, "#93c5fd"), (middle, end, COLOURS[0])):
            if right > left:
                x, width = _x(left, xs), max(_x(right, xs) - _x(left, xs), 0.5)
                parts.append(
                    f'<rect x="{x:.1f}" y="{y + 3}" width="{width:.1f}" '
                    f'height="{BAR - 6}" fill="{colour}"/>'
                )
        parts.append(_text(WIDTH - RIGHT + 8, y + 15, f"{name} {begin:.0f} to {end:.0f} {unit}"))
    parts += [_text(_x(x, xs), height - 24, f"{x:g}", "tick") for x in _ticks(xs)]
    parts.append(_text(LEFT, height - 6, f"{unit}; pale: before the turn was over"))
    return _svg(height, parts)


def standalone(svg: str) -> str:
    """The plot as a file of its own, on white, in a page that has no style for it."""
    style = (
        "<style>text{font:11px sans-serif;fill:#334155}.title{font-size:14px;font-weight:bold}"
        ".end{text-anchor:end}.grid{stroke:#e2e8f0}.limit{stroke:#64748b;stroke-dasharray:4}"
        ".moment{stroke:#94a3b8}</style>"
    )
    return svg.replace(">", f'>{style}<rect width="100%" height="100%" fill="#fff"/>', 1)


def _svg(height: float, parts: Sequence[str]) -> str:
    inside = "".join(parts)
    return f'<svg viewBox="0 0 {WIDTH} {height}" xmlns="http://www.w3.org/2000/svg">{inside}</svg>'


def _text(x: float, y: float, text: str, kind: str = "label") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(text)}</text>'


def _axes(across: str, up: str, xs: tuple[float, float], ys: tuple[float, float]) -> list[str]:
    parts = []
    for y in _ticks(ys):
        at = _y(y, ys)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at}" y2="{at}" class="grid"/>')
        parts.append(_text(LEFT - 8, at + 4, f"{y:g}", "tick end"))
    parts += [_text(_x(x, xs), HEIGHT - BOTTOM + 15, f"{x:g}", "tick") for x in _ticks(xs)]
    parts.append(_text(LEFT, HEIGHT - 8, f"across: {across}; up: {up}"))
    return parts


def _legend(names: Sequence[str]) -> list[str]:
    parts = []
    for row, (name, colour) in enumerate(zip(names, _forever(len(names)), strict=True)):
        y = TOP + 10 + row * 16
        parts.append(
            f'<rect x="{WIDTH - RIGHT + 8}" y="{y - 8}" width="9" height="9" fill="{colour}"/>'
        )
        parts.append(_text(WIDTH - RIGHT + 22, y, name))
    return parts


def _forever(count: int) -> list[str]:
    return [COLOURS[n % len(COLOURS)] for n in range(count)]


def _scale(values: Sequence[float]) -> tuple[float, float]:
    """A range with 0 in it, and some height whatever the values are."""
    low, high = min([0.0, *values]), max([0.0, *values])
    return low, high if high > low + FLAT else low + 1.0


def _ticks(scale: tuple[float, float]) -> list[float]:
    """Round numbers inside the range."""
    low, high = scale
    raw = (high - low) / TICKS
    power = 10.0 ** floor(log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw)
    return [round(n * step, 10) for n in range(ceil(low / step), floor(high / step) + 1)]


def _x(value: float, scale: tuple[float, float]) -> float:
    return LEFT + (value - scale[0]) / (scale[1] - scale[0]) * (WIDTH - LEFT - RIGHT)


def _y(value: float, scale: tuple[float, float]) -> float:
    return HEIGHT - BOTTOM - (value - scale[0]) / (scale[1] - scale[0]) * (HEIGHT - TOP - BOTTOM)
