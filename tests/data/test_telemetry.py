"""No library of ours reports to its maker: the switches are there before it is imported."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from data.telemetry import SWITCHES

ROOT = Path(__file__).parents[2]
QUIET = ("data", "models", "perf")
"""The packages whose import sets the switches."""
REPORTING = {"onnxruntime", "huggingface_hub", "transformers", "diffusers", "hibari", "piper"}
"""Libraries that report, or import one that does."""


@pytest.mark.parametrize("package", QUIET)
def test_importing_the_package_sets_the_switches(package: str) -> None:
    code = f"import {package}, json, os; print(json.dumps(dict(os.environ)))"
    environment = {"PATH": "", "HF_HUB_DISABLE_TELEMETRY": "0"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout).items() >= SWITCHES.items()


@pytest.mark.parametrize("package", ["actors", "runtime", "server", "ringbuf", "examples"])
def test_no_other_package_imports_a_library_that_reports(package: str) -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / package).rglob("*.py")
        if not REPORTING.isdisjoint(_imported(path))
    }
    assert not found


def _imported(path: Path) -> set[str]:
    """The top-level names of the packages that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names
