"""Where a session goes beside WebRTC's viewers: other servers, files, a camera of this machine."""
