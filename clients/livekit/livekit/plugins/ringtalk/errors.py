"""What goes wrong between an agent and its face."""


class RingtalkException(Exception):
    """The server refused, cannot be reached, or something is not set; `str` says what. status: the
    HTTP status of a refusal, None where nobody answered."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
