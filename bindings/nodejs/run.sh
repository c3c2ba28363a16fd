#!/bin/sh
# The commands that every binding has: see ../README.md.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "SKIPPED: Node.js (install nodejs npm)"
  exit 77
fi
root=$(cd "$here/../.." && pwd)
LIB_DIR=$(cd "${LIB_DIR:-$root/target/release}" && pwd)
BUILD_DIR=${BUILD_DIR:-$root/target/nodejs}
mkdir -p "$BUILD_DIR"
BUILD_DIR=$(cd "$BUILD_DIR" && pwd)
export npm_config_cache="$BUILD_DIR/npm-cache"
export npm_config_update_notifier=false npm_config_audit=false npm_config_fund=false
export npm_config_loglevel=error

# node_modules cannot be in the checkout, so everything runs on a copy beside it. What a user of the
# package never needs is in a directory of its own.
stage=$BUILD_DIR/stage
build() {
  mkdir -p "$stage" "$BUILD_DIR/tools"
  if [ ! -d "$stage/node_modules/koffi" ] || ! cmp -s "$here/package.json" "$stage/package.json"; then
    cp "$here/package.json" "$stage/"
    if ! (cd "$stage" && npm install --ignore-scripts --no-package-lock >/dev/null); then
      echo "SKIPPED: Node.js (install koffi: the npm registry is not reachable)" >&2
      exit 77
    fi
  fi
  rm -rf "$stage/lib" "$stage/tests" "$stage/example"
  cp "$here"/index.* "$here/README.md" "$stage/"
  cp -R "$here/lib" "$here/tests" "$here/example" "$stage/"
}

type_script() {
  if [ ! -d "$BUILD_DIR/tools/node_modules/typescript" ]; then
    (cd "$BUILD_DIR/tools" && echo '{"private":true}' >package.json &&
      npm install --ignore-scripts --no-package-lock typescript@5.9 @types/node@20 >/dev/null)
  fi
}

library() {
  echo "${OSS_RESUMABLE_LIBRARY:-$LIB_DIR/liboss_resumable.so}"
}

case ${1:-} in
  build)
    build
    ;;
  test)
    build
    type_script
    cd "$stage"
    # The types, before what they describe.
    "$BUILD_DIR/tools/node_modules/.bin/tsc" --strict --noEmit --target es2022 --module nodenext \
      --typeRoots "$BUILD_DIR/tools/node_modules/@types" tests/types.mts tests/types.cts
    OSS_RESUMABLE_LIBRARY=$(library) ABI="$here/../../tests/abi.json" \
      exec node --expose-gc --test --test-concurrency=1 --test-reporter=spec \
      tests/abi.test.mjs tests/upload.test.mjs
    ;;
  conformance)
    build
    OSS_RESUMABLE_LIBRARY=$(library) node --expose-gc "$stage/tests/conformance.mjs" "$2"
    ;;
  example)
    shift
    build
    OSS_RESUMABLE_LIBRARY=$(library) exec node "$stage/example/oss-upload.mjs" "$@"
    ;;
  package)
    build
    mkdir -p "$2"
    target=$(cd "$2" && pwd)
    packing=$BUILD_DIR/packing
    rm -rf "$packing"
    # npm installs it where package.json says that the library can be loaded, and nowhere else.
    platform=$(node -p 'const { os, cpu } = require(process.argv[1]); `${os}-${cpu}`' "$here/package.json")
    mkdir -p "$packing/native/$platform"
    cp -R "$here/package.json" "$here"/index.* "$here/lib" "$here/README.md" "$packing/"
    cp "$here/../../LICENSE" "$packing/"
    cp "$LIB_DIR/liboss_resumable.so" "$packing/native/$platform/"
    cd "$packing"
    npm pack --ignore-scripts --pack-destination "$target" >/dev/null
    ;;
  install)
    # So that koffi is in the cache.
    build
    tarball=$(cd "$2" && pwd)/oss-resumable-0.1.0.tgz
    mkdir -p "$3"
    cd "$3"
    npm install --offline --ignore-scripts "$tarball" >/dev/null
    awk '/^```js$/ { on = 1; next } /^```$/ && on { exit } on' "$here/README.md" >sample.mjs
    if [ ! -f big.bin ]; then
      head -c 1000000 /dev/urandom >big.bin
    fi
    unset OSS_RESUMABLE_LIBRARY LD_LIBRARY_PATH
    exec node sample.mjs
    ;;
  *)
    echo "usage: run.sh build|test|conformance REQUEST|example ARGUMENT...|package DIR|install DIR NEW" >&2
    exit 2
    ;;
esac
