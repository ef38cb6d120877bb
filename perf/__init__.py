"""Benchmarks: each module is a program, `python -m perf.NAME`. Nothing imports them."""
