#!/usr/bin/env bash
# C itself: see "Bindings" for the commands, LIB_DIR, BUILD_DIR and SERVER.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
LIB_DIR=${LIB_DIR:-$root/target/release}
BUILD_DIR=${BUILD_DIR:-$root/target/c}
CC=${CC:-cc}

for tool in "$CC" cmake pkg-config curl; do
  if ! command -v "$tool" >/dev/null; then
    echo "SKIPPED: C (install gcc cmake pkg-config curl)"
    exit 77
  fi
done

need() {
  local name
  for name in "$@"; do
    if [[ -z ${!name-} ]]; then
      echo "$0: $name is not set" >&2
      exit 2
    fi
  done
}

flags=(-std=c99 -Wall -Wextra -Wpedantic -Werror -pthread "-I$root/include" "-I$root/tests/c")

# compile NAME SOURCE: the program finds the library where it was built with it.
compile() {
  "$CC" "${flags[@]}" "$2" -L"$LIB_DIR" "-Wl,-rpath,$LIB_DIR" -loss_resumable -o "$BUILD_DIR/$1"
}

build() {
  mkdir -p "$BUILD_DIR"
  LIB_DIR=$(cd "$LIB_DIR" && pwd)
  BUILD_DIR=$(cd "$BUILD_DIR" && pwd)
  compile sample "$here/examples/sample.c"
  compile oss-upload "$here/examples/oss-upload.c"
  compile conformance "$here/tests/conformance.c"
  compile abi "$here/tests/abi.c"
  compile api "$root/tests/c/api.c"
  compile upload "$root/tests/c/upload.c"
}

# Starts the test server, which ends with this script.
serve() {
  coproc server { exec "$SERVER" --exit-with-stdin; }
  local line
  read -r line <&"${server[0]}"
  url=${line#LISTENING }
}

# Whether an object of the server equals a file.
stored() {
  curl -sf "$url/-/object?bucket=c-tests&key=$1" | cmp -s - "$2"
}

the_objects_of_the_server_equal_their_files() {
  stored file "$BUILD_DIR/file" && stored resumed "$BUILD_DIR/file" && stored many/63 "$BUILD_DIR/small" &&
    ! stored canceled "$BUILD_DIR/file" && [[ $(curl -sf "$url/-/uploads") == '[]' ]]
}

the_sample_in_the_readme_is_the_program() {
  cmp <(sample) <(sed '1,/sample: begin/d; /sample: end/,$d' "$here/examples/sample.c")
}

run_tests() {
  need SERVER
  build
  serve
  head -c 3000000 /dev/urandom >"$BUILD_DIR/file"
  head -c 300000 /dev/urandom >"$BUILD_DIR/small"
  rm -f "$BUILD_DIR"/*.ucp
  curl -sf "$url/-/rules" -d '{"op":"UploadPart","action":{"delay":{"ms":10}}}' >/dev/null
  local passed=0 failed=0 test
  for test in "abi $root/tests/abi.json" api "upload $url $BUILD_DIR/file $BUILD_DIR/small"; do
    # shellcheck disable=SC2086 # a program and its arguments
    if ! "$BUILD_DIR"/$test | tee "$BUILD_DIR/output"; then
      failed=$((failed + 1))
    fi
    passed=$((passed + $(grep -c ' ok$' "$BUILD_DIR/output")))
  done
  for test in the_objects_of_the_server_equal_their_files the_sample_in_the_readme_is_the_program; do
    if "$test"; then
      echo "$test ... ok"
      passed=$((passed + 1))
    else
      echo "$test ... failed"
      failed=$((failed + 1))
    fi
  done
  echo "$passed passed, $failed failed"
  ((failed == 0))
}

package() {
  mkdir -p "$1"
  cmake -S "$here" -B "$BUILD_DIR/cmake" -DOSS_RESUMABLE_LIB_DIR="$(cd "$LIB_DIR" && pwd)" \
    -DCMAKE_INSTALL_LIBDIR=lib >/dev/null
  cmake --install "$BUILD_DIR/cmake" --prefix "$(cd "$1" && pwd)" >/dev/null
}

# The README's first code block in the language.
sample() {
  awk '/^```c$/ { on = 1; next } on && /^```$/ { exit } on' "$here/README.md"
}

# The package is a prefix, which is copied, and found by CMake and by pkg-config.
install() {
  mkdir -p "$2"
  cp -R "$1" "$2/prefix"
  cd "$2"
  sample >sample.c
  # The sample uploads it.
  [[ -e big.bin ]] || head -c 1000000 /dev/urandom >big.bin
  cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.16)
project(sample C)
set(CMAKE_C_STANDARD 99)
find_package(OssResumable 0.1 REQUIRED)
foreach(kind shared static)
  add_executable(sample-${kind} sample.c)
  target_link_libraries(sample-${kind} PRIVATE OssResumable::${kind})
endforeach()
CMAKE
  cmake -S . -B build -DCMAKE_PREFIX_PATH="$PWD/prefix" >/dev/null
  cmake --build build >/dev/null
  export PKG_CONFIG_PATH=$PWD/prefix/lib/pkgconfig
  # shellcheck disable=SC2046 # several flags
  "$CC" sample.c $(pkg-config --cflags --libs oss_resumable) -Wl,-rpath,"$PWD/prefix/lib" -o sample
  ./build/sample-shared
  ./build/sample-static
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
