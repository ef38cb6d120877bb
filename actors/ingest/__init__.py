"""ingest: text and sound files in, 20 ms chunks of speech out."""
