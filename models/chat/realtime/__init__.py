"""Speech to speech: a model that hears and speaks itself, over a WebSocket."""
