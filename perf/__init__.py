"""Benchmarks: each module is a program, `python -m perf.NAME`. Nothing imports them.

Importing it switches off what libraries report to their makers: see data/telemetry.py.
"""

from data import telemetry

telemetry.switch_off()
