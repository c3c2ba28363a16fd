#!/usr/bin/env bash
# The commands of ../README.md, with gcc and GNUstep; tests with clang and blocks too, where they are.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
LIB_DIR=${LIB_DIR:-$root/target/release}
BUILD_DIR=${BUILD_DIR:-$root/target/objc}

if ! command -v gnustep-config >/dev/null || ! echo 'int main(void) { return 0; }' | gcc -x objective-c -fsyntax-only - 2>/dev/null; then
  echo "SKIPPED: Objective-C (install gobjc libgnustep-base-dev gnustep-make make)"
  exit 77
fi

command=${1:?usage: run.sh build|test|conformance|example|package|install ...}
shift

has_blocks() { command -v clang >/dev/null && [[ -e /usr/include/Block.h ]]; }

# The library for the compiler, in $BUILD_DIR/COMPILER, with the options that follow.
library() {
  local compiler=$1
  shift
  make -s -C "$here" OUT="$BUILD_DIR/$compiler" NATIVE_INCLUDE="$root/include" CC="$compiler" OBJCFLAGS="-Werror $*"
}

# program COMPILER NAME OPTION... -- SOURCE...
program() {
  local compiler=$1 name=$2 options=()
  shift 2
  while [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  shift
  local flags
  flags=$(gnustep-config --objc-flags | sed 's/-MMD//;s/-MP//')
  # shellcheck disable=SC2046,SC2086
  "$compiler" $flags -std=gnu99 -Werror -I"$here/include" -I"$root/include" "${options[@]}" "$@" \
    "$BUILD_DIR/$compiler/libOSSResumable.a" -L"$LIB_DIR" -Wl,-rpath,"$LIB_DIR" -loss_resumable \
    ${EXTRA_LIBS-} $(gnustep-config --base-libs) -o "$BUILD_DIR/$compiler/$name"
}

# clang knows neither where gcc keeps the headers of its runtime, nor GNUstep's name for Block.h.
clang_options() {
  mkdir -p "$BUILD_DIR/clang-headers/objc"
  echo '#include <Block.h>' >"$BUILD_DIR/clang-headers/objc/blocks_runtime.h"
  echo -fblocks "-I$BUILD_DIR/clang-headers" -idirafter "$(gcc -print-file-name=include)"
}

build() {
  mkdir -p "$BUILD_DIR"
  library gcc
  program gcc oss-upload -- "$here/example/oss-upload.m"
  program gcc Sample -- "$here/example/Sample.m"
  program gcc conformance -- "$here/tests/conformance.m"
  program gcc tests -- "$here"/tests/[0-9]*.m "$here/tests/World.m"
  if has_blocks; then
    local options
    options=$(clang_options)
    # shellcheck disable=SC2086
    library clang $options
    # shellcheck disable=SC2086
    EXTRA_LIBS=-lBlocksRuntime program clang tests $options -- "$here"/tests/[0-9]*.m "$here/tests/World.m"
  fi
  touch "$BUILD_DIR/built"
}

# Built, unless a newer build is there already.
built() {
  if [[ ! -e $BUILD_DIR/built || -n $(find "$here" -name '*.[hm]' -newer "$BUILD_DIR/built" -print -quit) ]]; then
    build
  fi
}

# The tests of one compiler, with a server of their own.
run_tests() {
  local compiler=$1 files status=0
  shift
  files=$(mktemp -d "$BUILD_DIR/files.XXXXXX")
  coproc server { exec "${SERVER:?}" --exit-with-stdin; }
  local ended=$server_PID
  read -r _ SERVER_ADDRESS <&"${server[0]}"
  export SERVER_ADDRESS ABI=$root/tests/abi.json
  "$BUILD_DIR/$compiler/tests" "$files" "$@" || status=$?
  eval "exec ${server[1]}>&-"
  wait "$ended" || true
  rm -rf "$files"
  return "$status"
}

# ARC needs a runtime that Debian does not have, so the sources are only compiled, with gcc's header of the runtime
# without the lines that ARC refuses.
check_arc() {
  local headers=$BUILD_DIR/arc-headers gcc_headers source
  gcc_headers=$(gcc -print-file-name=include)
  mkdir -p "$headers/objc"
  echo '#include <Block.h>' >"$headers/objc/blocks_runtime.h"
  sed -e 's/return object->class_pointer;/return 0;/' -e 's/Protocol \*\*/void */' \
    -e 's/#include "\(objc.*\.h\)"/#include <objc\/\1>/' "$gcc_headers/objc/runtime.h" >"$headers/objc/runtime.h"
  for source in "$here"/src/*.m; do
    # shellcheck disable=SC2046
    clang $(gnustep-config --objc-flags | sed 's/-MMD//;s/-MP//;s/-DGNU_RUNTIME=1//') -std=gnu99 -Werror -fblocks \
      -fobjc-arc -fobjc-runtime=gnustep-2.0 "-I$headers" -idirafter "$gcc_headers" -I"$here/include" \
      -I"$root/include" -fsyntax-only "$source" || return 1
  done
}

# The example with a library that says it is of version 0.2.
check_version() {
  local stub=$BUILD_DIR/other-version.so said
  printf '%s\n' 'int oss_resumable_version_number(void) { return 200; }' \
    'const char *oss_resumable_version(void) { return "0.2.0"; }' | gcc -shared -fPIC -x c - -o "$stub"
  said=$(LD_PRELOAD=$stub "$BUILD_DIR/gcc/oss-upload" /dev/null oss://bucket/key --region cn-hangzhou 2>&1) || true
  [[ $said == *"of version 0.2.0, but these classes were made for 0.1"* ]]
}

# check FUNCTION SENTENCE
check() {
  if "$1"; then echo "ok     $2"; else echo "FAILED $2"; fi
}

case $command in
  build)
    build
    ;;
  test)
    built
    summaries=$BUILD_DIR/summaries
    : >"$summaries"
    if has_blocks; then
      echo "clang, with blocks:"
      run_tests clang "$@" | tee -a "$summaries" || true
      check check_arc "the sources compile as ARC" | tee -a "$summaries"
    else
      echo "SKIPPED: Objective-C with clang, blocks and ARC (install clang libblocksruntime-dev)" >&2
    fi
    echo "gcc, without blocks:"
    run_tests gcc "$@" | tee -a "$summaries" || true
    check check_version "a library of another minor version is refused with a sentence" | tee -a "$summaries"
    # A runner that broke off has no summary.
    awk -v runners="$(has_blocks && echo 2 || echo 1)" '
      /^ok / { passed++ } /^FAILED / { failed++ } /^[0-9]+ passed/ { runners-- }
      END { failed += runners; print passed + 0 " passed, " failed + 0 " failed"; exit failed > 0 }' "$summaries"
    ;;
  conformance)
    built
    exec "$BUILD_DIR/gcc/conformance" "$@"
    ;;
  example)
    built
    exec "$BUILD_DIR/gcc/oss-upload" "$@"
    ;;
  package)
    destination=$(mkdir -p "${1:?package DIR}" && cd "$1" && pwd)
    mkdir -p "$BUILD_DIR"
    tree=$(mktemp -d "$BUILD_DIR/package.XXXXXX")
    trap 'rm -rf "$tree"' EXIT
    mkdir -p "$tree/OSSResumable-0.1.0/lib"
    cp -r "$here"/{include,src,Makefile,README.md,OSSResumable.podspec} "$root/LICENSE" "$tree/OSSResumable-0.1.0/"
    cp "$root/include/oss_resumable.h" "$tree/OSSResumable-0.1.0/include/"
    cp "$LIB_DIR"/liboss_resumable.{so,a} "$tree/OSSResumable-0.1.0/lib/"
    tar -C "$tree" -czf "$destination/OSSResumable-0.1.0.tar.gz" OSSResumable-0.1.0
    ;;
  install)
    package=$(cd "${1:?install DIR NEW}" && pwd)/OSSResumable-0.1.0.tar.gz
    cd "${2:?install DIR NEW}"
    awk '/^```$/ && sample { exit } sample; /^```objc$/ { sample = 1 }' "$here/README.md" >Sample.m
    tar -xzf "$package"
    make -s -C OSSResumable-0.1.0
    # shellcheck disable=SC2046
    gcc $(gnustep-config --objc-flags) -IOSSResumable-0.1.0/include Sample.m -LOSSResumable-0.1.0/build -lOSSResumable \
      -LOSSResumable-0.1.0/lib -Wl,-rpath,"$PWD/OSSResumable-0.1.0/lib" -loss_resumable \
      $(gnustep-config --base-libs) -o Sample
    ./Sample
    ;;
  *)
    echo "run.sh: no command $command" >&2
    exit 2
    ;;
esac
