"""What a session sent, kept: its packets in a file, and its captions."""
