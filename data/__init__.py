"""What is read and kept: the shared units, prepared avatars, the built-in one.

Importing it switches off what libraries report to their makers: see data/telemetry.py.
"""

from data import telemetry

telemetry.switch_off()
