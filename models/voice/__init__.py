"""Voices: text to sound, one sentence at a time, and how text is cut into sentences."""
