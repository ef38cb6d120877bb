"""Networks and signal processing: arrays in, arrays out; no rings, no sessions, no asyncio."""
