"""A document that is made from the code: write it, or check that it is current.

In: a path and the text that belongs there. Out: an exit status. Runs on a developer's
machine and in the tests; owns nothing.
"""

import sys
from pathlib import Path


def write_or_check(path: Path, text: str, arguments: list[str]) -> int:
    """Write `text` to `path`, or with `--check` say whether it is what is there.

    Returns 0; 1 where the check finds another text; 2 for other arguments.
    """
    if arguments not in ([], ["--check"]):
        sys.stderr.write(f"unknown arguments {arguments}; allowed: --check\n")
        return 2
    if not arguments:
        path.write_text(text, encoding="utf-8")
        return 0
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"docs/{path.name} is not what the code says; run the same without --check\n")
    return 1
