#!/usr/bin/env bash
# Builds and runs a program: the one beside it with the official SDK of a language, or any with its binding.
#
# usage: tests/sdk/migration/run.sh LANGUAGE official|PROGRAM ARGUMENT...
#
# LIB_DIR and BUILD_DIR are those of bindings/LANGUAGE/run.sh, which has built the binding. Official SDKs
# are installed once, under BUILD_DIR/migration, in the versions pinned here. Exits with 77 and a line
# "SKIPPED: WHAT (REMEDY)" where that cannot be done. OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET are used.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
language=$1 program=$2
shift 2
name=${program##*/} name=${name%.*}
LIB_DIR=$(cd "$LIB_DIR" && pwd)
BUILD_DIR=$(cd "$BUILD_DIR" && pwd)
work=$BUILD_DIR/migration
mkdir -p "$work"
export OSS_RESUMABLE_LIBRARY=$LIB_DIR/liboss_resumable.so

# once FILE WHAT COMMAND...: installs, unless that was done for the file that pins the version.
once() {
  local pin=$1 what=$2
  shift 2
  if ! cmp -s "$pin" "$work/installed"; then
    if ! "$@" >"$work/install.log" 2>&1; then
      cat "$work/install.log" >&2
      echo "SKIPPED: $what (its registry cannot be reached)"
      exit 77
    fi
    cp "$pin" "$work/installed"
  fi
}

# link COMPILER NAME ARGUMENT...: the program finds the library where it was built with it.
link() {
  local compiler=$1 name=$2
  shift 2
  "$compiler" "$@" -L"$LIB_DIR" "-Wl,-rpath,$LIB_DIR" -loss_resumable -o "$work/$name"
}

install_go() {
  rm -rf "$work/official"
  mkdir -p "$work/official"
  cp "$here/go/official.go" "$work/official/main.go"
  cp "$here/go/official.mod" "$work/official/go.mod"
  cp "$here/go/official.sum" "$work/official/go.sum"
  (cd "$work/official" && go build -o ../official-go .)
}

install_python() {
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$root/tests/sdk/requirements.txt"
}

install_java() {
  mvn -q -B -f "$here/java/pom.xml" -Dmaven.repo.local="${MAVEN_REPOSITORY:-$BUILD_DIR/m2}" \
    dependency:copy-dependencies -DoutputDirectory="$work/jars"
}

install_nodejs() {
  mkdir -p "$work/official"
  cp "$root/tests/sdk/package.json" "$work/official/"
  (cd "$work/official" && npm install --cache "$BUILD_DIR/npm-cache" --loglevel=error --no-audit --no-fund)
}

case $language-$name in
  c-official)
    # Our drop-in with the official SDK's headers, because nobody packages the SDK.
    BUILD_DIR=$work/compat "$root/bindings/c/compat/run.sh" build
    link cc official-c -std=gnu99 -Wall -Wextra -Werror -I"$root/bindings/c/compat/include" \
      "$here/c/official.c" -L"$work/compat" "-Wl,-rpath,$work/compat" -loss_c_sdk
    # What a library needs is not looked for where the program was told to look.
    LD_LIBRARY_PATH=$LIB_DIR exec "$work/official-c" "$@"
    ;;
  c-*)
    link cc "$name-c" -std=c99 -Wall -Wextra -Werror -I"$root/include" "$program"
    exec "$work/$name-c" "$@"
    ;;
  cpp-*)
    link g++ "$name-cpp" -std=c++11 -Wall -Wextra -Werror -I"$root/include" -I"$root/bindings/cpp/include" \
      "$program"
    exec "$work/$name-cpp" "$@"
    ;;
  go-official)
    export GOMODCACHE=$work/modules GOTOOLCHAIN=local GOFLAGS='-mod=mod -modcacherw' GOWORK=off
    once "$here/go/official.mod" "the official Go SDK" install_go
    exec "$work/official-go" "$@"
    ;;
  go-*)
    export GOTOOLCHAIN=local GOFLAGS=-mod=mod GOWORK=off GOPROXY=off CGO_ENABLED=1 CGO_LDFLAGS=-L$LIB_DIR
    rm -rf "$work/ours"
    mkdir -p "$work/ours"
    cp "$program" "$work/ours/main.go"
    cd "$work/ours"
    go mod init example.com/migration 2>/dev/null
    go mod edit -replace "github.com/oss-resumable/oss-resumable-go=$root/bindings/go"
    go get github.com/oss-resumable/oss-resumable-go 2>/dev/null
    go build -o "../$name-go" .
    exec "$work/$name-go" "$@"
    ;;
  csharp-*)
    mcs -langversion:7 -warnaserror -r:"$BUILD_DIR/OssResumable.dll" -out:"$work/$name.exe" "$program"
    MONO_PATH=$BUILD_DIR exec mono "$work/$name.exe" "$@"
    ;;
  python-official)
    once "$root/tests/sdk/requirements.txt" "the official Python SDK" install_python
    exec "$work/venv/bin/python" "$here/python/official.py" "$@"
    ;;
  python-*)
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/bindings/python/src exec python3 "$program" "$@"
    ;;
  java-official)
    once "$here/java/pom.xml" "the official Java SDK" install_java
    javac -cp "$work/jars/*" -d "$work" "$here/java/Official.java"
    exec java -cp "$work/jars/*:$work" Official "$@"
    ;;
  java-*)
    class_path=$(echo "$BUILD_DIR"/jna-*.jar):$BUILD_DIR/classes
    javac -cp "$class_path" -d "$work" "$program"
    exec java -cp "$class_path:$work" "$name" "$@"
    ;;
  nodejs-official)
    once "$root/tests/sdk/package.json" "the official Node.js SDK" install_nodejs
    NODE_PATH=$work/official/node_modules exec node "$here/nodejs/official.js" "$@"
    ;;
  nodejs-*)
    mkdir -p "$work/ours"
    ln -sfn "$BUILD_DIR/stage" "$work/ours/oss-resumable"
    # Within the checkout, it would find the package there, which has no koffi.
    cp "$program" "$work/$name.js"
    NODE_PATH=$work/ours exec node "$work/$name.js" "$@"
    ;;
  php-*)
    exec php "$program" "$@"
    ;;
  objc-*)
    read -r -a flags <<<"$(gnustep-config --objc-flags | sed 's/-MMD//;s/-MP//')"
    read -r -a libs <<<"$(gnustep-config --base-libs)"
    link gcc "$name-objc" "${flags[@]}" -std=gnu99 -Werror -I"$root/include" -I"$root/bindings/objc/include" \
      "$program" "$BUILD_DIR/gcc/libOSSResumable.a" -L"$LIB_DIR" -loss_resumable "${libs[@]}"
    exec "$work/$name-objc" "$@"
    ;;
  *)
    echo "$0: there is no $program for $language" >&2
    exit 2
    ;;
esac
