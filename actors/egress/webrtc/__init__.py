"""Ticks to a client over WebRTC: the peer connection, its tracks, encoders and feedback."""
