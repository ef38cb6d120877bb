"""Benchmarks of faces, and of what they cost: `python -m perf.faces.NAME`."""
