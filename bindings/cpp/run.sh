#!/usr/bin/env bash
# The C++ binding: see "Bindings" for the commands, LIB_DIR, BUILD_DIR and SERVER.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
LIB_DIR=${LIB_DIR:-$root/target/release}
BUILD_DIR=${BUILD_DIR:-$root/target/cpp}
CXX=${CXX:-g++}

for tool in "$CXX" cmake pkg-config; do
  if ! command -v "$tool" >/dev/null; then
    echo "SKIPPED: C++ (install g++ cmake pkg-config)"
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

flags=(-g -Wall -Wextra -Wpedantic -Werror -pthread "-I$here/include" "-I$root/include" "-I$root/bindings/c/tests")
tests=("$here/tests/tests.cpp" "$here/tests/include_twice.cpp")

# compile NAME COMPILER ARGUMENT...: the program finds the library where it was built with it.
compile() {
  local name=$1 compiler=$2
  shift 2
  "$compiler" "${flags[@]}" "$@" -L"$LIB_DIR" "-Wl,-rpath,$LIB_DIR" -loss_resumable -o "$BUILD_DIR/$name"
}

use_directories() {
  mkdir -p "$BUILD_DIR"
  LIB_DIR=$(cd "$LIB_DIR" && pwd)
  BUILD_DIR=$(cd "$BUILD_DIR" && pwd)
}

build() {
  use_directories
  compile sample "$CXX" -std=c++11 "$here/example/sample.cpp"
  compile oss-upload "$CXX" -std=c++11 "$here/example/oss-upload.cpp"
  compile conformance "$CXX" -std=c++11 "$here/tests/conformance.cpp"
}

compilers() {
  echo "$CXX"
  if [[ $CXX != clang++ ]]; then
    command -v clang++ || echo "SKIPPED: C++ with clang++ (install clang)" >&2
  fi
}

# Every compiler takes the header and the tests in every standard, with and without exceptions.
compile_everywhere() {
  local compiler standard
  for compiler in $(compilers); do
    for standard in 11 17 20; do
      "$compiler" "${flags[@]}" "-std=c++$standard" -fsyntax-only "${tests[@]}"
      "$compiler" "${flags[@]}" "-std=c++$standard" -fno-exceptions -fsyntax-only "$here/tests/no_exceptions.cpp"
      echo "$(basename "$compiler") -std=c++$standard ... ok"
    done
  done
}

# Starts the test server, which ends with this script.
serve() {
  coproc server { exec "$SERVER" --exit-with-stdin; }
  local line
  read -r line <&"${server[0]}"
  url=${line#LISTENING }
}

run_tests() {
  need SERVER
  build
  serve
  : >"$BUILD_DIR/output"
  everything | tee "$BUILD_DIR/output"
  echo "$(grep -c ' ok$' "$BUILD_DIR/output") passed, 0 failed"
}

# Ends at the first test that fails.
everything() {
  local compiler variant variants=("$CXX -std=c++11" "$CXX -std=c++20 -fsanitize=address,undefined -fno-sanitize-recover=all")
  for compiler in $(compilers); do
    [[ $compiler == "$CXX" ]] || variants+=("$compiler -std=c++17")
  done
  for variant in "${variants[@]}"; do
    echo "--- $variant"
    # shellcheck disable=SC2086 # a compiler and its flags
    compile tests $variant "${tests[@]}"
    rm -rf "$BUILD_DIR/files"
    mkdir "$BUILD_DIR/files"
    "$BUILD_DIR/tests" "$url" "$root/tests/abi.json" "$BUILD_DIR/files"
  done
  echo "--- in every standard"
  compile_everywhere
  compile no-exceptions "$CXX" -std=c++11 -fno-exceptions "$here/tests/no_exceptions.cpp"
  "$BUILD_DIR/no-exceptions" "$url" "$here/run.sh"
  compile other-version "$CXX" -std=c++11 "$here/tests/other_version.cpp"
  "$BUILD_DIR/other-version"
  cmp <(sample) <(sed '1,/sample: begin/d; /sample: end/,$d' "$here/example/sample.cpp")
  echo "the_sample_in_the_readme_is_the_program ... ok"
}

package() {
  use_directories
  LIB_DIR=$LIB_DIR BUILD_DIR=$BUILD_DIR/c "$root/bindings/c/run.sh" package "$1"
  cmake -S "$here" -B "$BUILD_DIR/cmake" -DCMAKE_INSTALL_LIBDIR=lib >/dev/null
  cmake --install "$BUILD_DIR/cmake" --prefix "$(cd "$1" && pwd)" >/dev/null
}

# The README's first code block in the language.
sample() {
  awk '/^```cpp$/ { on = 1; next } on && /^```$/ { exit } on' "$here/README.md"
}

# The package is a prefix, which is copied, and found by CMake and by pkg-config.
install() {
  mkdir -p "$2"
  cp -R "$1" "$2/prefix"
  cd "$2"
  sample >sample.cpp
  # The sample uploads it.
  [[ -e big.bin ]] || head -c 1000000 /dev/urandom >big.bin
  cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.16)
project(sample CXX)
find_package(OssResumableCpp 0.1 REQUIRED)
foreach(kind shared static)
  add_executable(sample-${kind} sample.cpp)
  target_link_libraries(sample-${kind} PRIVATE OssResumable::cpp)
endforeach()
set_target_properties(sample-static PROPERTIES OSS_RESUMABLE_STATIC ON)
CMAKE
  cmake -S . -B build -DCMAKE_PREFIX_PATH="$PWD/prefix" -DCMAKE_CXX_COMPILER="$CXX" >/dev/null
  cmake --build build >/dev/null
  export PKG_CONFIG_PATH=$PWD/prefix/lib/pkgconfig
  # shellcheck disable=SC2046 # several flags
  "$CXX" -std=c++11 sample.cpp $(pkg-config --cflags --libs oss_resumable_cpp) -Wl,-rpath,"$PWD/prefix/lib" -o sample
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
