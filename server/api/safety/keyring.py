"""The keys of the settings: who has one, and what it allows.

In: what a request presents. Out: the `ApiKey`. Every key is compared, each in the same time
whatever it is, so that no answer tells how near a guess was. Runs in the supervisor's process. Owns
the keys in force, which `replace` changes.
"""

import hashlib
import hmac
from collections.abc import Iterable

from runtime.api_keys import ApiKey


class Keyring:
    """The keys in force."""

    def __init__(self, keys: Iterable[ApiKey]) -> None:
        self._keys: list[tuple[bytes, ApiKey]] = []
        self.replace(keys)

    def __bool__(self) -> bool:
        return bool(self._keys)

    def replace(self, keys: Iterable[ApiKey]) -> None:
        """These, from now on."""
        self._keys = [(_digest(key.key), key) for key in keys]

    def find(self, presented: str) -> ApiKey | None:
        """The key that `presented` is."""
        digest = _digest(presented)
        found = [key for known, key in self._keys if hmac.compare_digest(known, digest)]
        return found[0] if found else None

    def named(self, name: str) -> ApiKey | None:
        """The key of this name, for a token that it has made."""
        return next((key for _, key in self._keys if key.name == name), None)


def _digest(key: str) -> bytes:
    """As long for each: `compare_digest` tells apart what differs in length."""
    return hashlib.sha256(key.encode()).digest()
