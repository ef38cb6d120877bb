#!/bin/sh
# Builds the image as `docker build` does, runs a server in it, and makes a call of one sentence.
#
# For machines without Docker: Debian's buildah builds, from a root that debootstrap makes where the
# registry's image cannot be pulled. Needs Debian, root, and curl; leaves nothing but the image.
# Usage: deploy/try.sh [PORT]
set -eu
PORT=${1:-8015}
cd "$(dirname "$0")/.."
export BUILDAH_ISOLATION=chroot
BASE=docker.io/library/debian:bookworm-slim
WORK=$(mktemp -d)
SERVER=
finish() {
  [ -z "$SERVER" ] || kill "$SERVER" 2>/dev/null || true
  wait
  [ -z "${BOX:-}" ] || buildah rm "$BOX" >/dev/null
  rm -rf "$WORK"
}
trap finish EXIT

if ! buildah inspect --type image "$BASE" >/dev/null 2>&1 && ! buildah pull -q "$BASE" 2>/dev/null; then
  debootstrap --variant=minbase bookworm "$WORK/root" >"$WORK/debootstrap.log"
  tar -C "$WORK/root" -cf "$WORK/root.tar" .
  BARE=$(buildah from scratch)
  buildah add -q "$BARE" "$WORK/root.tar" /
  # A machine behind a proxy that has its own certificates: pip has to know them too.
  buildah add -q "$BARE" /etc/ssl/certs/ca-certificates.crt /usr/share/build-certificates.crt
  buildah config --env PIP_CERT=/usr/share/build-certificates.crt "$BARE"
  buildah commit -q --rm "$BARE" "$BASE" >/dev/null
fi

buildah build --pull-never --network host -f deploy/Dockerfile -t ringtalk . >"$WORK/build.log" 2>&1 ||
  { tail -30 "$WORK/build.log"; exit 1; }
BOX=$(buildah from localhost/ringtalk)

buildah run "$BOX" -- sh -c '! command -v gcc && ! command -v make && [ "$(id -u)" = 8010 ]'
echo "no compiler in the image, and a user of its own"

buildah run --network host "$BOX" -- ringtalk serve --host 127.0.0.1 --port "$PORT" >"$WORK/serve.log" 2>&1 &
SERVER=$!
for _ in $(seq 60); do
  if curl -sf "http://127.0.0.1:$PORT/readyz" >/dev/null; then break; fi
  kill -0 "$SERVER" 2>/dev/null || { cat "$WORK/serve.log"; exit 1; }
  sleep 1
done
buildah run --network host "$BOX" -- env RINGTALK_PORT="$PORT" ringtalk health

.venv/bin/ringtalk profile --quick --calls 1 --url "http://127.0.0.1:$PORT" --out "$WORK/profile" | tail -20
curl -s "http://127.0.0.1:$PORT/metrics" | grep -E '^ringtalk_(build_info|sessions_ended_total|sent_bytes_total)'
