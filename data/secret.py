"""What must never be shown, marked in its type: `key: Secret = ""`.

Whoever shows settings looks for the mark (`runtime.shown_settings`); what has it is hidden however
it is called. Owns nothing.
"""

from typing import Annotated, Final


class SecretMark:
    """The mark itself."""


SECRET: Final = SecretMark()
Secret = Annotated[str, SECRET]
"""A key, password or token."""
