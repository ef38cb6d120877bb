"""Benchmarks of the ring: `python -m perf.ring.NAME`."""
