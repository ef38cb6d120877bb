"""Networks and signal processing: arrays in, arrays out; no rings, no sessions, no asyncio.

Importing it switches off what libraries report to their makers: see data/telemetry.py.
"""

from data import telemetry

telemetry.switch_off()
