"""The network that hears whether somebody speaks; see LICENSE-silero-vad.txt beside it."""
