"""The marking process: one film, then it ends.

In: the file, its title, and a folder or a certificate and its key. Out: the marked file; exit
status 1 and a sentence on stderr where it cannot be marked. It is a process of its own so that a
library that is not ours works on a film of hours beside nobody's session. Owns the file meanwhile.
"""

import argparse
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

from actors.egress.marking.signing_identity import SigningIdentity
from actors.egress.marking.xmp import add_xmp


def mark(path: Path, title: str, identity: SigningIdentity | None) -> None:
    """Raises ValueError or OSError."""
    add_xmp(path, uuid4().hex)
    if identity is not None:
        from actors.egress.marking.content_credentials import sign  # noqa: PLC0415 - an extra

        sign(path, title, identity, version("ringtalk"))


def main() -> None:
    """Mark the film of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--title", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    given = parser.parse_args()
    try:
        identity = None
        if find_spec("c2pa") is not None:
            identity = (
                SigningIdentity.read(given.certificate, given.key)
                if given.certificate
                else SigningIdentity.of_folder(given.folder)
            )
        mark(given.path, given.title, identity)
    except (ValueError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
