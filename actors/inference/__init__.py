"""inference: features in, faces out, one batch over all sessions."""
