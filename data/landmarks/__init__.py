"""Where a face is in a picture, and its 478 landmarks; imports nothing until it is asked."""
