"""Tools: functions that a language model may call while it answers."""
