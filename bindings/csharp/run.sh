#!/usr/bin/env bash
# The commands of ../README.md, with Mono.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
LIB_DIR=${LIB_DIR:-$root/target/release}
BUILD_DIR=${BUILD_DIR:-$root/target/csharp}

for tool in mono mcs zip unzip; do
  if ! command -v "$tool" >/dev/null; then
    echo "SKIPPED: C# (install mono-mcs mono-runtime libmono-system-core4.0-cil zip unzip)"
    exit 77
  fi
done
command=${1:?usage: run.sh build|test|conformance|example|package|install ...}
shift

# C# 7, which is what netstandard2.0 projects are compiled with.
compile() { mcs -langversion:7 -optimize -warnaserror "$@"; }

build() {
  local out=$BUILD_DIR
  mkdir -p "$out"
  compile -target:library -doc:"$out/OssResumable.xml" -out:"$out/OssResumable.dll" "$here"/src/*.cs
  local library=-r:$out/OssResumable.dll
  compile "$library" -out:"$out/oss-upload.exe" "$here/example/OssUpload.cs" "$here/example/Options.cs"
  compile "$library" -out:"$out/Sample.exe" "$here/example/Sample.cs"
  compile "$library" -out:"$out/conformance.exe" "$here/tests/Conformance.cs" "$here/tests/Plan.cs"
  local tests=("$here"/tests/*Tests.cs "$here"/tests/{Runner,World,Json}.cs)
  compile "$library" -out:"$out/OssResumable.Tests.exe" "${tests[@]}"
}

# Built, unless a newer build is there already.
built() {
  local product=$BUILD_DIR/OssResumable.Tests.exe
  if [[ ! -e $product || -n $(find "$here" -name '*.cs' -newer "$product" -print -quit) ]]; then
    build
  fi
}

use_library() { export OSS_RESUMABLE_LIBRARY="$LIB_DIR/liboss_resumable.so"; }

case $command in
  build)
    build
    # The .NET SDK builds both frameworks; it is not needed for anything else here.
    if command -v dotnet >/dev/null; then
      dotnet build "$here/OssResumable.csproj" -p:BaseOutputPath="$BUILD_DIR/dotnet/" \
        -p:BaseIntermediateOutputPath="$BUILD_DIR/dotnet-obj/"
    else
      echo "run.sh: no .NET SDK here: net8.0 is not built, and only Mono is run" >&2
    fi
    ;;
  test)
    built
    use_library
    export ABI=$root/tests/abi.json SERVER=${SERVER:?}
    files=$(mktemp -d "$BUILD_DIR/files.XXXXXX")
    trap 'rm -rf "$files"' EXIT
    mono --debug "$BUILD_DIR/OssResumable.Tests.exe" "$files" "$@"
    ;;
  conformance)
    built
    use_library
    exec mono "$BUILD_DIR/conformance.exe" "$@"
    ;;
  example)
    built
    use_library
    exec mono "$BUILD_DIR/oss-upload.exe" "$@"
    ;;
  package)
    destination=$(mkdir -p "${1:?package DIR}" && cd "$1" && pwd)
    built
    tree=$(mktemp -d "$BUILD_DIR/package.XXXXXX")
    trap 'rm -rf "$tree"' EXIT
    mkdir -p "$tree"/{_rels,lib/netstandard2.0,runtimes/linux-x64/native}
    cp "$here/package/content-types.xml" "$tree/[Content_Types].xml"
    cp "$here/package/rels.xml" "$tree/_rels/.rels"
    cp "$here/OssResumable.nuspec" "$here/README.md" "$root/LICENSE" "$tree/"
    cp "$BUILD_DIR"/OssResumable.{dll,xml} "$tree/lib/netstandard2.0/"
    cp "$LIB_DIR/liboss_resumable.so" "$tree/runtimes/linux-x64/native/"
    version=$(sed -n 's:.*<version>\(.*\)</version>.*:\1:p' "$here/OssResumable.nuspec")
    rm -f "$destination/OssResumable.$version.nupkg"
    (cd "$tree" && zip -q -r "$destination/OssResumable.$version.nupkg" '[Content_Types].xml' _rels .)
    ;;
  install)
    package=$(cd "${1:?install DIR NEW}" && echo "$PWD"/OssResumable.*.nupkg)
    cd "${2:?install DIR NEW}"
    unzip -q "$package" -d OssResumable
    awk '/^```$/ && sample { exit } sample; /^```csharp$/ { sample = 1 }' "$here/README.md" >Sample.cs
    mcs -r:OssResumable/lib/netstandard2.0/OssResumable.dll Sample.cs
    unset OSS_RESUMABLE_LIBRARY
    MONO_PATH=OssResumable/lib/netstandard2.0 mono Sample.exe
    ;;
  *)
    echo "run.sh: no command $command" >&2
    exit 2
    ;;
esac
