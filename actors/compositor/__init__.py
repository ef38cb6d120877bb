"""compositor: faces in, whole pictures out, one a tick."""
