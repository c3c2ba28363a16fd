<?php

declare(strict_types=1);

require __DIR__ . '/support.php';

error_reporting(-1);
// A warning or a deprecation is a failure, too.
set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
    if ((error_reporting() & $level) === 0) {
        return false;
    }
    throw new ErrorException($message, 0, $level, $file, $line);
});

exit(run(array_merge(
    require __DIR__ . '/abi.php',
    require __DIR__ . '/upload.php',
    require __DIR__ . '/errors.php',
    require __DIR__ . '/snippets.php',
    require __DIR__ . '/programs.php',
    require __DIR__ . '/fpm.php',
)));
