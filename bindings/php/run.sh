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
BUILD_DIR=$(absolute "${BUILD_DIR:-$root/target/php}")
command=${1:?usage: run.sh build|test|conformance|example|package|install}
shift

php=${PHP:-php}
if ! "$php" -r 'exit(PHP_VERSION_ID >= 80000 && extension_loaded("ffi") ? 0 : 1);' 2>/dev/null; then
  echo "SKIPPED: PHP (install php-cli)"
  exit 77
fi

from_checkout() {
  export OSS_RESUMABLE_LIBRARY="$LIB_DIR/liboss_resumable.so"
}

case $command in
  build) # nothing to compile
    from_checkout
    "$php" -r 'require $argv[1]; echo "oss-resumable ", OssResumable\Internal\Library::version(), "\n";' \
      "$here/autoload.php"
    ;;
  test)
    from_checkout
    : "${SERVER:?}"
    exec "$php" "$here/tests/run.php"
    ;;
  conformance)
    from_checkout
    exec "$php" "$here/tests/conformance.php" "$@"
    ;;
  example)
    from_checkout
    exec "$php" "$here/example.php" "$@"
    ;;
  package) # the files of the Composer package, with the library in lib/
    mkdir -p "$1" "$BUILD_DIR"
    packages=$(cd "$1" && pwd)
    stage=$BUILD_DIR/package/oss-resumable
    rm -rf "$BUILD_DIR/package"
    mkdir -p "$stage/lib"
    cd "$here"
    cp -R composer.json autoload.php preload.php oss_resumable.ffi.h README.md src ../../LICENSE "$stage"
    cp "$LIB_DIR/liboss_resumable.so" "$stage/lib"
    tar -C "$BUILD_DIR/package" -czf "$packages/oss-resumable-php-0.1.0-linux-x86_64.tar.gz" oss-resumable
    echo oss-resumable-php-0.1.0-linux-x86_64.tar.gz
    ;;
  install)
    packages=$(cd "$1" && pwd)
    cd "$2"
    if ! command -v composer >/dev/null; then
      echo "SKIPPED: PHP (install composer)"
      exit 77
    fi
    mkdir packages
    tar -C packages -xzf "$packages"/oss-resumable-php-*.tar.gz
    cat >composer.json <<'JSON'
{
    "repositories": [
        {"type": "path", "url": "packages/oss-resumable", "options": {"symlink": false}},
        {"packagist.org": false}
    ],
    "require": {"oss-resumable/oss-resumable": "^0.1"}
}
JSON
    COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_HOME="$BUILD_DIR/composer" \
      composer install --quiet --no-interaction
    # The first block of the README, as printed.
    awk '/^```php$/ && !done { on = 1; next } /^```$/ && on { on = 0; done = 1 } on' \
      "$here/README.md" >sample.php
    # The file that the sample uploads, unless there is one.
    [ -e big.bin ] || head -c 5000000 /dev/urandom >big.bin
    unset OSS_RESUMABLE_LIBRARY
    "$php" sample.php
    ;;
  *)
    echo "run.sh: unknown command $command" >&2
    exit 2
    ;;
esac
