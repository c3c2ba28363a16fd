#!/bin/sh
# The commands that every binding has; see ../README.md.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# Absolute, because the commands change the directory.
absolute() {
  case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac
}
LIB_DIR=$(absolute "${LIB_DIR:-$root/target/release}")
BUILD_DIR=$(absolute "${BUILD_DIR:-$root/target/python}")
command=${1:?usage: run.sh build|test|conformance|example|package|install}
shift

python=${PYTHON:-python3}
if ! "$python" -c 'import ctypes, sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then
  echo "SKIPPED: Python (install python3)"
  exit 77
fi

export PYTHONDONTWRITEBYTECODE=1
from_checkout() {
  export PYTHONPATH="$here/src" OSS_RESUMABLE_LIBRARY="$LIB_DIR/liboss_resumable.so"
}

case $command in
  build) # nothing to compile
    from_checkout
    "$python" -c 'import oss_resumable; print("oss_resumable", oss_resumable.library_version)'
    ;;
  test)
    from_checkout
    : "${SERVER:?}"
    # Types, where mypy can be had: from BUILD_DIR, or from PyPI into it.
    mypy=$BUILD_DIR/venv/bin/mypy
    if [ ! -x "$mypy" ]; then
      "$python" -m venv "$BUILD_DIR/venv" >/dev/null 2>&1 &&
        "$BUILD_DIR/venv/bin/pip" -q install 'mypy<1.15' 2>/dev/null || true
    fi
    if [ -x "$mypy" ]; then
      (cd "$here" && MYPYPATH=src:tests "$mypy" --strict --python-version 3.8 \
        --cache-dir "$BUILD_DIR/mypy" src/oss_resumable tests/*.py example.py)
    else
      echo "SKIPPED: the types of Python (install python3-venv, and have PyPI reachable)"
    fi
    exec "$python" -m unittest discover -s "$here/tests"
    ;;
  conformance)
    from_checkout
    exec "$python" "$here/tests/conformance.py" "$@"
    ;;
  example)
    from_checkout
    exec "$python" "$here/example.py" "$@"
    ;;
  package)
    mkdir -p "$1"
    packages=$(cd "$1" && pwd)
    cd "$here"
    export OSS_RESUMABLE_LIBRARY="$LIB_DIR/liboss_resumable.so"
    "$python" -c 'import sys, wheel_backend as w; print(w.build_wheel(sys.argv[1]))' "$packages"
    ;;
  install)
    packages=$(cd "$1" && pwd)
    cd "$2"
    "$python" -m venv venv
    venv/bin/pip -q install --no-index --find-links "$packages" oss-resumable
    # The first block of the README, as printed.
    awk '/^```python$/ && !done { on = 1; next } /^```$/ && on { on = 0; done = 1 } on' \
      "$here/README.md" >sample.py
    # The file that the sample uploads, unless there is one.
    [ -e big.bin ] || head -c 5000000 /dev/urandom >big.bin
    unset OSS_RESUMABLE_LIBRARY PYTHONPATH
    venv/bin/python sample.py
    ;;
  *)
    echo "run.sh: unknown command $command" >&2
    exit 2
    ;;
esac
