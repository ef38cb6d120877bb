#!/usr/bin/env bash
# onnxruntime's wheel keeps a device id and an event store, and looks for its maker; the API that switches it off is too late.
#
# Expected: a library that runs networks on this machine talks to nobody, or `onnxruntime.disable_telemetry_events()`, called
#   before anything else, keeps it from that.
# What happens: the Linux wheel of 1.32.0 has the 1DS telemetry SDK built in and switched on. `import onnxruntime` alone
#   makes a persistent device id under $XDG_CACHE_HOME (or ~/.cache), Microsoft/DeveloperTools/.onnxruntime/, with an event
#   store beside it. Disabling it by the API right behind the import changes nothing of that: the first event is made while
#   the module is loaded. Only ORT_DISABLE_TELEMETRY=1 in the environment before the import does; setting it in os.environ
#   first is enough, so whoever imports onnxruntime for you, however deep, has to come after.
# Why it matters: every program that has it as a dependency of a dependency (speech, OCR, embeddings) reports, container
#   images and "offline" products too, and each fresh container is a new device.
# Version: onnxruntime 1.32.0, Linux x86_64, Python 3.11 (the newest in November 2026); 1.22.1 keeps nothing.
# Source: the wheel's onnxruntime/Privacy.md, "Disabling Telemetry".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

kept() {  # what lies in a fresh cache after a Python program, with this version
  local cache="$folder/cache-$RANDOM"
  mkdir "$cache"
  env -u ORT_DISABLE_TELEMETRY -u DO_NOT_TRACK HOME="$cache" XDG_CACHE_HOME="$cache" "${@:3}" "$folder/$1/bin/python" -c "$2" > /dev/null
  (cd "$cache" && find . -name 'deviceid*' | wc -l)
}

for version in 1.22.1 1.32.0; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "onnxruntime==$version" "numpy<3"
done
older=$(kept 1.22.1 'import onnxruntime')
plain=$(kept 1.32.0 'import onnxruntime')
api=$(kept 1.32.0 'import onnxruntime; onnxruntime.disable_telemetry_events()')
environment=$(kept 1.32.0 'import os; os.environ["ORT_DISABLE_TELEMETRY"] = "1"; import onnxruntime')
echo "device ids kept: 1.22.1: $older; 1.32.0: $plain; 1.32.0, disabled by its API: $api; by the environment: $environment"
[ "$older" = 0 ] && [ "$plain" = 1 ] && [ "$api" = 1 ] && [ "$environment" = 0 ]
