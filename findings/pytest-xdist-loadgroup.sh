#!/usr/bin/env bash
# pytest-xdist's groups of tests are run by several workers at once under pytest 9.2, and nothing says so.
#
# Expected: with `--dist loadgroup` all tests of one `xdist_group` are run by one worker, so that a database, a
#   port, or the machine's time is used by one of them only, and a fixture of the module is made once.
# What happens: xdist writes the group behind the test's id (`item._nodeid = "…@group"`), and its scheduler reads
#   the id. pytest 9.2.0 keeps ids in a structure of its own and reads `_nodeid` no more: the assignment makes a new
#   attribute that nobody looks at. There is no error and no warning. Each test is its own group: the tests of one
#   group run in parallel, and a fixture of module scope is made once in each worker.
# Why it matters: what the group kept apart runs at once. Suites get slower and fail now and then, somewhere else
#   each time, after an upgrade of pytest alone; by hand each test passes.
# Version: pytest 9.2.0 with pytest-xdist 3.8.0 (both the newest in November 2026); with pytest 9.1.1 the group holds.
# Source: pytest-xdist src/xdist/remote.py, pytest_collection_modifyitems, and scheduler/loadgroup.py, _split_scope;
#   pytest src/_pytest/nodes.py, Node.nodeid. A scheduler of one's own (hook pytest_xdist_make_scheduler) is not concerned.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/test_group.py" <<'PY'
import os
import time

import pytest


@pytest.mark.xdist_group("one worker")
@pytest.mark.parametrize("number", range(8))
def test_alone(number):
    time.sleep(0.2)
    with open(os.environ["LOG"], "a") as log:
        log.write(os.environ["PYTEST_XDIST_WORKER"] + "\n")
PY

workers() {  # how many workers ran tests of the one group
  python3 -m venv "$folder/$1"
  "$folder/$1/bin/pip" install --quiet --disable-pip-version-check "pytest==$1" pytest-xdist==3.8.0
  (cd "$folder" && LOG="$folder/$1.log" "$1/bin/pytest" -q -p no:cacheprovider -n 4 --dist loadgroup test_group.py > "$1.out")
  sort -u "$folder/$1.log" | wc -l
}

older=$(workers 9.1.1)
newer=$(workers 9.2.0)
echo "workers that ran the tests of one group, of 4: pytest 9.1.1: $older, pytest 9.2.0: $newer"
grep -i warning "$folder/9.2.0.out" || echo "no warning"
[ "$older" = 1 ] && [ "$newer" -gt 1 ]
