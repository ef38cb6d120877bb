"""What may go wrong between a program and a server."""


class RingTalkError(Exception):
    """The server did not do what was asked; the message is for people."""


class Unreachable(RingTalkError):
    """Nothing answered, or the connection broke off."""


class Refused(RingTalkError):
    """The server said no; the message is its own and says what is allowed.

    status: HTTP's. retry_after: seconds after which it may be asked again, None if not said."""

    def __init__(self, message: str, status: int, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status, self.retry_after = status, retry_after
