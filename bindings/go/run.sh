#!/usr/bin/env bash
# The Go binding: see "Bindings" for the commands, LIB_DIR, BUILD_DIR and SERVER.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
LIB_DIR=${LIB_DIR:-$root/target/release}
BUILD_DIR=${BUILD_DIR:-$root/target/go}

if ! command -v go >/dev/null || ! command -v cc >/dev/null; then
  echo "SKIPPED: Go (install golang gcc)"
  exit 77
fi

# Nothing is fetched: there is only the standard library.
export GOTOOLCHAIN=local GOFLAGS=-mod=mod GOPROXY=off GOWORK=off CGO_ENABLED=1

need() {
  local name
  for name in "$@"; do
    if [[ -z ${!name-} ]]; then
      echo "$0: $name is not set" >&2
      exit 2
    fi
  done
}

use_library() {
  mkdir -p "$BUILD_DIR"
  LIB_DIR=$(cd "$LIB_DIR" && pwd)
  BUILD_DIR=$(cd "$BUILD_DIR" && pwd)
  export CGO_LDFLAGS="-L$LIB_DIR"
  note "$LIB_DIR/liboss_resumable.a"
}

# Go would not link again when only the library has changed, so its state is made a part of the flags.
note() {
  CGO_CPPFLAGS="-DOSS_RESUMABLE_LIBRARY=$(stat -c %s-%Y "$1")"
  export CGO_CPPFLAGS
}

build() {
  use_library
  cd "$here"
  go build -o "$BUILD_DIR/" ./example/oss-upload ./tests/conformance
}

run_tests() {
  need SERVER
  build
  SERVER=$(realpath "$SERVER")
  export SERVER
  go vet ./...
  go vet -tags oss_resumable_dynamic ./...
  LD_LIBRARY_PATH=$LIB_DIR go test -count=1 -tags oss_resumable_dynamic -run Version .
  go test -race -count=1 -v . ./tests
}

package() {
  local target=$1/oss-resumable-go
  rm -rf "$target"
  mkdir -p "$target/native/linux_amd64"
  cp "$here"/*.go "$here"/bridge.[ch] "$here/go.mod" "$here/README.md" "$root/include/oss_resumable.h" \
    "$root/LICENSE" "$target"
  rm -f "$target"/*_test.go
  cp "$here/native/linux_amd64/empty.go" "$LIB_DIR/liboss_resumable.a" "$target/native/linux_amd64"
}

# The README's first code block in a language.
sample() {
  awk '/^```go$/ { on = 1; next } /^```$/ && on { exit } on' "$here/README.md"
}

install() {
  local module
  module=$(cd "$1" && pwd)/oss-resumable-go
  mkdir -p "$2"
  sample >"$2/main.go"
  note "$module/native/linux_amd64/liboss_resumable.a"
  cd "$2"
  # The sample uploads it.
  [[ -e big.bin ]] || head -c 1000000 /dev/urandom >big.bin
  go mod init example.com/sample 2>/dev/null
  go mod edit -replace "github.com/oss-resumable/oss-resumable-go=$module"
  go get github.com/oss-resumable/oss-resumable-go 2>/dev/null
  go build -o sample .
  ./sample
}

command=${1-}
shift || true
case $command in
  build) build ;;
  test) run_tests ;;
  conformance | example)
    program=conformance
    [[ $command == conformance ]] || program=oss-upload
    [[ -x $BUILD_DIR/$program ]] || (build)
    exec "$BUILD_DIR/$program" "$@"
    ;;
  package) package "$@" ;;
  install) install "$@" ;;
  *)
    echo "usage: $0 build | test | conformance REQUEST | example ARGUMENT... | package DIR | install DIR NEW" >&2
    exit 2
    ;;
esac
