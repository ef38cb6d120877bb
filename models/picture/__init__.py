"""Pictures: a face pasted into one, its colours matched, and what stands behind a person."""
