#!/usr/bin/env bash
# build, test and package the drop-in for the C SDK; see ../../README.md for LIB_DIR, BUILD_DIR, SERVER.
#
# usage: run.sh build | test | package DIR
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
export LIB_DIR=${LIB_DIR:-$root/target/release}
export BUILD_DIR=${BUILD_DIR:-$root/target/c_sdk}
export CC=${CC:-cc}

if ! command -v "${CC%% *}" >/dev/null || ! command -v make >/dev/null; then
  echo "SKIPPED: C (install gcc make)"
  exit 77
fi
mkdir -p "$BUILD_DIR"

build() {
  make --silent -C "$here" BUILD_DIR="$BUILD_DIR" LIB_DIR="$LIB_DIR" CC="$CC" \
    CFLAGS="${CFLAGS:--O2 -g} -Werror"
}

case ${1:-} in
  build) build ;;
  test) build && exec "$here/tests/run" ;;
  package)
    build
    rm -rf "$BUILD_DIR/package"
    make --silent -C "$here" install PREFIX="$BUILD_DIR/package/oss_c_sdk" BUILD_DIR="$BUILD_DIR" \
      LIB_DIR="$LIB_DIR" CC="$CC" CFLAGS="${CFLAGS:--O2 -g} -Werror"
    cp "$here/README.md" "$root/LICENSE" "$BUILD_DIR/package/oss_c_sdk/"
    mkdir -p "${2:?usage: run.sh package DIR}"
    tar -C "$BUILD_DIR/package" -czf "$2/oss_c_sdk.tar.gz" oss_c_sdk
    ;;
  *)
    echo "usage: $0 build | test | package DIR" >&2
    exit 2
    ;;
esac
