"""What can be wrong with the clip or photo that an avatar is made from. Owns nothing."""


class CannotMake(ValueError):
    """The avatar cannot be made; the message says why and what would do."""


class Cancelled(Exception):
    """The avatar is no longer wanted; nothing was left behind."""
