"""What can be wrong with a folder or file that somebody brings. Owns nothing."""


class ImportRefused(ValueError):
    """The folder or file cannot be taken; the message names it, the cause, what is allowed."""
