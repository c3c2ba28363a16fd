#!/usr/bin/env bash
# Checks the test server with Alibaba's own SDKs, so that it is known to be an OSS server and not
# just a mirror of the client in this repository.
#
# usage: tests/sdk/run.sh [SERVER]
#
# SERVER is the oss-test-server program; OSS_TEST_SERVER names it too. The SDKs are installed once,
# under target/sdk, in the versions pinned here.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
server=${1:-${OSS_TEST_SERVER:-}}
if [[ ! -x $server ]]; then
  echo "usage: $0 SERVER (the oss-test-server program)" >&2
  exit 2
fi
target=$here/../../target/sdk
mkdir -p "$target"
target=$(cd "$target" && pwd)

# Installed again only if the pinned version changes.
if ! cmp -s "$here/requirements.txt" "$target/requirements.txt"; then
  python3 -m venv "$target/venv"
  "$target/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$target/"
fi
if ! cmp -s "$here/package.json" "$target/node/installed.json"; then
  mkdir -p "$target/node"
  cp "$here/package.json" "$target/node/"
  (cd "$target/node" && npm install --loglevel=error --no-audit --no-fund)
  cp "$here/package.json" "$target/node/installed.json"
fi

# A proxy that the packages came through is of no use here.
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1

# The server goes when this script, and with it the write end of the pipe, does.
coproc SERVER { exec "$server" --exit-with-stdin; }
read -r _ url <&"${SERVER[0]}"

results=$target/results
{
  "$target/venv/bin/python" "$here/python_v2.py" "$url" || true
  NODE_PATH=$target/node/node_modules node "$here/ali_oss.js" "$url" || true
} | tee "$results"

passed=$(grep -c '^ok ' "$results" || true)
failed=$(grep -c '^FAIL ' "$results" || true)
for sdk in python node; do
  if ! grep -Eq "^(ok|FAIL) $sdk:" "$results"; then
    echo "FAIL $sdk: did not run"
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
[[ $failed == 0 ]]
