"""What deploy/ names exists: settings, commands, metrics, files; and its files are of their kind.

They are tried whole by `deploy/try.sh`, which builds the image and calls a server in it; that takes
minutes and a machine's root, so here they are read.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from runtime.settings import Settings

ROOT: Final = Path(__file__).parents[1]
DEPLOY: Final = ROOT / "deploy"
FILES: Final = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
YAML: Final = [path for path in FILES if path.suffix in (".yaml", ".yml")]
WATCHING: Final = [DEPLOY / "prometheus/rules.yml", DEPLOY / "grafana/dashboards/ringtalk.json"]
SETTING: Final = re.compile(r"RINGTALK_([A-Z0-9_]*[A-Z0-9])")
METRIC: Final = re.compile(r"\bringtalk_[a-z_]+")
IN_CODE: Final = re.compile(r'f?"(ringtalk_[a-z_{}]+)"')
ENDINGS: Final = ("_total", "_bucket", "_sum", "_count")
NO_SETTING: Final = {"CONFIG"}
"""RINGTALK_CONFIG names the file of settings itself."""


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def metrics_in_code() -> set[str]:
    """The names of all families, without the endings that belong to the format."""
    rooms = ("actors", "runtime", "server")
    sources = (path.read_text() for room in rooms for path in (ROOT / room).rglob("*.py"))
    found = {name for text in sources for name in IN_CODE.findall(text)}
    processes = re.findall(
        r'"(process_[a-z_]+)"', (ROOT / "server/sessions/process_metrics.py").read_text()
    )
    return {bare(name) for name in found} | {bare(f"ringtalk_{name}") for name in processes}


def bare(name: str) -> str:
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    return name


def expressions(tree: Any) -> Iterator[str]:
    """Every `expr` of a dashboard or of a file of rules."""
    if isinstance(tree, Mapping):
        if isinstance(found := tree.get("expr"), str):
            yield found
        for value in tree.values():
            yield from expressions(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from expressions(value)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_setting_exists(path: Path) -> None:
    names = {name.partition("__")[0] for name in SETTING.findall(path.read_text())}
    assert names - NO_SETTING <= {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize(
    "path",
    [DEPLOY / "prometheus/rules.yml", DEPLOY / "grafana/dashboards/ringtalk.json"],
    ids=named,
)
def test_every_metric_exists(path: Path) -> None:
    found = {
        name
        for text in expressions(yaml.safe_load(path.read_text()))
        for name in METRIC.findall(text)
    }
    assert len(found) > 5
    assert {bare(name) for name in found} <= metrics_in_code()


@pytest.mark.parametrize(
    "path", [one for one in FILES if one.suffix in (".yaml", ".yml")], ids=named
)
def test_yaml(path: Path) -> None:
    assert all(isinstance(one, dict) for one in yaml.safe_load_all(path.read_text()))


def test_what_the_compose_file_mounts_is_there() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    mounts = [
        one.partition(":")[0] for service in services.values() for one in service.get("volumes", [])
    ]
    ours = [one for one in mounts if one.startswith("./")]
    assert len(ours) >= 4
    assert all((DEPLOY / one).exists() for one in ours)


def test_what_the_compose_file_wants_is_in_the_example() -> None:
    wanted = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    wanted |= {"METRICS_KEY"}  # a secret that compose takes from the environment by its name
    offered = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "example.env").read_text(), re.MULTILINE))
    assert wanted == offered


def test_the_image_copies_what_the_build_needs() -> None:
    """.dockerignore leaves out nothing that setuptools is told to install."""
    ignored = {line for line in (ROOT / ".dockerignore").read_text().split() if line != "#"}
    for room in ("actors", "ringbuf", "runtime", "server", "models", "data", "perf"):
        assert room not in ignored
    assert not ignored & {"README.md", "LICENSE", "NOTICE", "pyproject.toml", "constraints.txt"}


def test_the_dashboard_has_its_own_panels() -> None:
    board = json.loads((DEPLOY / "grafana/dashboards/ringtalk.json").read_text())
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids) > 15
    assert all(panel["title"] for panel in board["panels"])
