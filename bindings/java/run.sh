#!/bin/sh
# The commands that every binding has: see ../README.md.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
CENTRAL=https://repo1.maven.org/maven2
JNA=net/java/dev/jna/jna/5.19.1/jna-5.19.1.jar
JUNIT=org/junit/platform/junit-platform-console-standalone/1.10.5/junit-platform-console-standalone-1.10.5.jar

if [ -n "${JAVA_HOME:-}" ]; then
  PATH=$JAVA_HOME/bin:$PATH
fi
if ! command -v javac >/dev/null || ! command -v curl >/dev/null; then
  echo "SKIPPED: Java (install openjdk-17-jdk-headless curl)"
  exit 77
fi
root=$(cd "$here/../.." && pwd)
LIB_DIR=$(cd "${LIB_DIR:-$root/target/release}" && pwd)
BUILD_DIR=${BUILD_DIR:-$root/target/java}
mkdir -p "$BUILD_DIR"
BUILD_DIR=$(cd "$BUILD_DIR" && pwd)

# From Java 24 on, calls into native code want to be allowed.
JAVA_FLAGS=
if java --enable-native-access=ALL-UNNAMED -version >/dev/null 2>&1; then
  JAVA_FLAGS=--enable-native-access=ALL-UNNAMED
fi

# Fetches a jar of Maven Central once.
jar_of() {
  target=$BUILD_DIR/$(basename "$1")
  if [ ! -f "$target" ]; then
    if ! curl -fsSL -o "$target.part" "$CENTRAL/$1"; then
      echo "SKIPPED: Java (install JNA: Maven Central is not reachable)" >&2
      exit 77
    fi
    mv "$target.part" "$target"
  fi
  echo "$target"
}

# Compiles sources, unless nothing is newer than what was made.
compile() {
  classes=$1 class_path=$2
  shift 2
  if [ -f "$classes.done" ] && [ -z "$(find "$@" -newer "$classes.done")" ]; then
    return
  fi
  rm -rf "$classes"
  find "$@" -name '*.java' >"$classes.sources"
  javac --release 8 -Xlint:all,-options -Werror -encoding UTF-8 -cp "$class_path" -d "$classes" \
    "@$classes.sources"
  touch "$classes.done"
}

build() {
  jna=$(jar_of $JNA)
  compile "$BUILD_DIR/classes" "$jna" "$here/src"
  class_path=$jna:$BUILD_DIR/classes
}

run_java() {
  OSS_RESUMABLE_LIBRARY=${OSS_RESUMABLE_LIBRARY:-$LIB_DIR/liboss_resumable.so} \
    java $JAVA_FLAGS -Dfile.encoding=UTF-8 "$@"
}

case ${1:-} in
  build)
    build
    ;;
  test)
    build
    junit=$(jar_of $JUNIT)
    compile "$BUILD_DIR/test-classes" "$class_path:$junit" "$here/tests/com"
    # A locale in which the JVM passes file names on as UTF-8.
    status=0
    # The collector that is done soonest with a small heap: it is asked thousands of times.
    LC_ALL=C.UTF-8 run_java -XX:+UseSerialGC -Dabi="$here/../../tests/abi.json" -Dbinding="$here" \
      -Djunit.jupiter.testclass.order.default='org.junit.jupiter.api.ClassOrderer$OrderAnnotation' \
      -jar "$junit" execute --disable-banner --disable-ansi-colors --details=tree \
      --class-path "$class_path:$BUILD_DIR/test-classes" --scan-class-path "$BUILD_DIR/test-classes" \
      >"$BUILD_DIR/test.log" 2>&1 || status=$?
    sed '/^$/d' "$BUILD_DIR/test.log"
    exit $status
    ;;
  conformance)
    build
    compile "$BUILD_DIR/conformance-classes" "$class_path" "$here/tests/Conformance.java"
    # As for the tests.
    run_java -XX:+UseSerialGC -Xmx64m -cp "$class_path:$BUILD_DIR/conformance-classes" Conformance "$2"
    ;;
  example)
    shift
    build
    compile "$BUILD_DIR/example-classes" "$class_path" "$here/example"
    # Signals have to reach Java and not this shell.
    export OSS_RESUMABLE_LIBRARY="${OSS_RESUMABLE_LIBRARY:-$LIB_DIR/liboss_resumable.so}"
    exec java $JAVA_FLAGS -Dfile.encoding=UTF-8 -cp "$class_path:$BUILD_DIR/example-classes" \
      OssUpload "$@"
    ;;
  package)
    if ! command -v mvn >/dev/null; then
      echo "SKIPPED: Java (install maven)"
      exit 77
    fi
    mkdir -p "$2"
    mvn -q -B -f "$here/pom.xml" -Dmaven.repo.local="${MAVEN_REPOSITORY:-$BUILD_DIR/m2}" \
      -Doutput="$BUILD_DIR/maven" -Dnative.linux-x86-64="$LIB_DIR" package
    cp "$BUILD_DIR/maven/oss-resumable-0.1.0.jar" "$2/"
    cp "$here/pom.xml" "$2/oss-resumable-0.1.0.pom"
    # Maven fetches it for whoever depends on us; it is here for those without Maven.
    cp "$(jar_of $JNA)" "$2/"
    ;;
  install)
    mkdir -p "$3"
    cp "$2"/*.jar "$3/"
    cd "$3"
    awk '/^```java$/ { on = 1; next } /^```$/ && on { exit } on' "$here/README.md" >Sample.java
    if [ ! -f big.bin ]; then
      head -c 1000000 /dev/urandom >big.bin
    fi
    unset OSS_RESUMABLE_LIBRARY LD_LIBRARY_PATH
    javac -cp 'oss-resumable-0.1.0.jar:jna-5.19.1.jar' Sample.java
    exec java $JAVA_FLAGS -cp 'oss-resumable-0.1.0.jar:jna-5.19.1.jar:.' Sample
    ;;
  *)
    echo "usage: run.sh build|test|conformance REQUEST|example ARGUMENT...|package DIR|install DIR NEW" >&2
    exit 2
    ;;
esac
