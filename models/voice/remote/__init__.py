"""Voices elsewhere: services that are sent a sentence and send sound, behind `speech.Speaker`.

`speakers.open_speaker` makes a voice of a `TtsService`. A service over HTTP is a row of `table`:
a function that makes the request, the shape of the answer, a public address. One over a
WebSocket is a module of two functions (`tencent`, `edge`). Heavy clients (httpx, websockets,
edge-tts) are imported only for the kinds that need them.
"""
