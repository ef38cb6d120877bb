"""One session's pictures and sound, coded once for all who see it beside its caller."""
