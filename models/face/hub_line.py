"""The line to the hub: what it says of a file, its bytes, and its refusals in plain words.

In: the name of a file on the hub. Out: its published hash and size, or its bytes appended to
an open file. Runs in the command's process, through huggingface_hub: its connections, tokens
and HF_ENDPOINT. Owns nothing.

The hub answers HEAD /REPO/resolve/REVISION/FILE with the file's size and hash: the sha256 of
an LFS file (X-Linked-ETag), else the sha1 of the git blob (ETag).
"""

import errno
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, Self, cast

from data.storage import CannotStore
from models.face.engine import EngineError

Tell = Callable[[str, int, int | None], None]
"""What is done, bytes done, bytes in all if that is known."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_SHA1: Final = re.compile(r"[0-9a-f]{40}")
_UNAUTHORISED: Final = (401, 403)
_NOT_FOUND: Final = 404
_ANSWER_SECONDS: Final = 10.0
_BLOCK: Final = 1 << 22


class HubError(EngineError):
    """Weights could not be fetched, or were not what the hub publishes; the message says why."""


@dataclass(frozen=True)
class Remote:
    """A file on the hub. endpoint: the hub's address; None for HF_ENDPOINT or the default."""

    repository: str
    revision: str
    name: str
    endpoint: str | None = None


class Published(NamedTuple):
    """What the hub says of a file: `digest` is a sha256 or a git blob's sha1, in hex."""

    digest: str
    size: int

    def fits(self, path: Path, tell: Callable[[int, int | None], None]) -> bool:
        """Whether a file is this one."""
        return path.stat().st_size == self.size and self.digest_of(path, tell) == self.digest

    def digest_of(self, path: Path, tell: Callable[[int, int | None], None]) -> str:
        """The digest of a file, of the kind that the hub gave."""
        if _SHA256.fullmatch(self.digest):
            digest = hashlib.sha256()
        else:
            digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                tell(file.tell(), self.size)
        return digest.hexdigest()


def ask(remote: Remote) -> Published:
    """What the hub publishes of a file; HubError if it names no hash or no size."""
    from huggingface_hub import get_hf_file_metadata  # noqa: PLC0415 - optional
    from huggingface_hub import logging as hub_logging  # noqa: PLC0415 - optional

    hub_logging.set_verbosity_error()  # type: ignore[no-untyped-call] # theirs
    said = get_hf_file_metadata(_url(remote), timeout=_ANSWER_SECONDS, endpoint=remote.endpoint)
    digest = said.etag or ""
    if not (_SHA256.fullmatch(digest) or _SHA1.fullmatch(digest)):
        raise HubError(f"{_url(remote)}: the hub publishes no hash of it ({digest!r}): refused")
    if said.size is None:
        raise HubError(f"{_url(remote)}: the hub does not say how large it is: refused")
    return Published(digest, said.size)


def _url(remote: Remote) -> str:
    from huggingface_hub import hf_hub_url  # noqa: PLC0415 - optional

    return hf_hub_url(
        remote.repository, remote.name, revision=remote.revision, endpoint=remote.endpoint
    )


def download(remote: Remote, published: Published, file: BinaryIO, had: int, tell: Tell) -> None:
    """Append to `file` what it lacks after its first `had` bytes, at whose end it stands.

    The library itself tries again some times when the line breaks.
    """
    from huggingface_hub.file_download import http_get  # noqa: PLC0415 - optional
    from huggingface_hub.utils import (  # type: ignore[attr-defined] # theirs, documented  # noqa: PLC0415 - optional
        build_hf_headers,
    )

    name = Path(remote.name).name
    bar = partial(_Bar, partial(tell, name))
    headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
    try:
        http_get(
            _url(remote),
            file,
            resume_size=had,
            headers=headers,
            expected_size=published.size,
            tqdm_class=cast(Any, bar),
        )
    finally:
        file.flush()


class _Bar:
    """What the library takes for a tqdm bar; it hands on the bytes done."""

    def __init__(
        self,
        tell: Callable[[int, int | None], None],
        *,
        total: int | None,
        initial: int,
        unit: str,
        unit_scale: bool,
        desc: str,
    ) -> None:
        self._tell = tell
        self._done = initial
        self._total = total
        tell(initial, total)

    def update(self, count: int) -> None:
        self._done += count
        self._tell(self._done, self._total)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing to end: the bar is the caller's."""


@contextmanager
def explained(remote: Remote) -> Iterator[None]:
    """HubError for whatever the library and the disk raise."""
    from httpx2 import HTTPError, InvalidURL  # noqa: PLC0415 - optional
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled  # noqa: PLC0415 - as above

    try:
        yield
    except HfHubHTTPError as error:
        raise HubError(_refusal(remote, error.response.status_code)) from error
    except OfflineModeIsEnabled as error:
        raise HubError(f"{_url(remote)}: HF_HUB_OFFLINE forbids to fetch it") from error
    except (HTTPError, InvalidURL) as error:
        raise HubError(
            f"{_url(remote)}: no connection to the hub ({error}); check the network, or set "
            "HF_ENDPOINT to a mirror; what has arrived is kept"
        ) from error
    except CannotStore as error:
        raise HubError(str(error)) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise HubError(f"{remote.name}: the disk is full; what has arrived is kept") from error
        if error.errno is None:
            raise HubError(f"{remote.name}: it came with another size than published") from error
        raise HubError(f"{remote.name} of {remote.repository}: {error}") from error


def _refusal(remote: Remote, status: int) -> str:
    where = f"{remote.repository} at {remote.revision}"
    if status in _UNAUTHORISED:
        return (
            f"{where}: the hub answers {status}: the repository is private, gated or not there; "
            "set HF_TOKEN to a token that may read it"
        )
    if status == _NOT_FOUND:
        return f"{where}: the hub answers 404: there is no {remote.name}"
    return f"{where}: the hub answers {status} for {remote.name}; try again later"
