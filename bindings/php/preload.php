<?php

declare(strict_types=1);

/*
 * For FPM and other servers, where FFI is only allowed to preloaded files (ffi.enable=preload, PHP's
 * default): name this file in php.ini,
 *
 *     opcache.preload=/path/to/vendor/oss-resumable/oss-resumable/preload.php
 *
 * or require it from a preload file of your own. It loads the classes and the library. It makes no
 * client, and neither may your file: workers are forked from the process that preloads.
 */
require_once __DIR__ . '/autoload.php';

(static function (): void {
    $files = new RecursiveIteratorIterator(
        new RecursiveDirectoryIterator(__DIR__ . '/src', FilesystemIterator::SKIP_DOTS)
    );
    foreach ($files as $file) {
        $class = substr($file->getPathname(), strlen(__DIR__ . '/src/'), -strlen('.php'));
        // Through the autoloader, which finds parents and interfaces in any order.
        class_exists('OssResumable\\' . strtr($class, '/', '\\'));
    }
    OssResumable\Internal\Library::preload();
})();
