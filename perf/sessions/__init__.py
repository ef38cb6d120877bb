"""Benchmarks of whole sessions at a WebRTC client: `python -m perf.sessions.NAME`."""
