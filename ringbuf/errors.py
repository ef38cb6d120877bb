"""What the ring raises besides the built-in errors. Owns nothing."""


class LayoutMismatch(ValueError):
    """A segment is not what the reader was told: another layout, size, or no ring at all."""


class RingClosed(RuntimeError):
    """The ring was closed while somebody waited on it."""
