<?php

declare(strict_types=1);

namespace OssResumable\Internal;

use FFI;
use OssResumable\Code;
use OssResumable\Exception\OssResumableException;

/** Finds the shared library, checks its version, and makes it callable. */
final class Library
{
    /** The version of the C API that this binding was made for: MAJOR * 10000 + MINOR * 100 + PATCH. */
    public const VERSION_NUMBER = 100;

    public const OK = 0;
    public const PENDING = 1;
    public const SOURCE_MEMORY = 2;

    private const SCOPE = 'OSS_RESUMABLE';
    private const HEADER = __DIR__ . '/../../oss_resumable.ffi.h';

    private static ?FFI $ffi = null;

    public static function ffi(): FFI
    {
        return self::$ffi ??= self::open();
    }

    /** "MAJOR.MINOR.PATCH" of the library that was loaded. */
    public static function version(): string
    {
        return self::ffi()->oss_resumable_version();
    }

    /**
     * Loads the library while PHP preloads; every request then finds it by its scope.
     *
     * PHP refuses that with opcache.preload_user. Then each request that uploads declares the
     * functions anew, which preloaded classes are allowed to do.
     */
    public static function preload(): void
    {
        $path = self::path();
        // FFI::load() wants the library's path in the header.
        $header = tempnam(sys_get_temp_dir(), 'oss');
        $lines = sprintf("#define FFI_SCOPE \"%s\"\n#define FFI_LIB \"%s\"\n", self::SCOPE, $path);
        file_put_contents($header, $lines . file_get_contents(self::HEADER));
        try {
            $ffi = FFI::load($header);
        } catch (FFI\Exception $error) {
            if ((string) ini_get('opcache.preload_user') === '') {
                throw self::notLoaded($error);
            }
            return;
        } finally {
            unlink($header);
        }
        self::checkVersion($ffi->oss_resumable_version_number(), $path);
    }

    /** Refuses a library whose major or minor version is not the one this binding was made for. */
    public static function checkVersion(int $number, string $path): void
    {
        if (intdiv($number, 100) !== intdiv(self::VERSION_NUMBER, 100)) {
            throw self::failure(sprintf(
                '%s is version %s, but this package was made for %s: install the two together',
                $path,
                self::text($number),
                self::text(self::VERSION_NUMBER)
            ));
        }
    }

    private static function open(): FFI
    {
        if (PHP_INT_SIZE !== 8) {
            throw self::failure('a 64-bit PHP is needed');
        }
        try {
            return FFI::scope(self::SCOPE);
        } catch (FFI\Exception) {
            // It was not preloaded, or FFI is not allowed here, which the next call tells.
        }
        try {
            $ffi = FFI::cdef(file_get_contents(self::HEADER), self::path());
        } catch (FFI\Exception $error) {
            throw self::notLoaded($error);
        }
        self::checkVersion($ffi->oss_resumable_version_number(), self::path());
        return $ffi;
    }

    private static function path(): string
    {
        $chosen = getenv('OSS_RESUMABLE_LIBRARY');
        if (is_string($chosen) && $chosen !== '') {
            return $chosen;
        }
        $name = ['Darwin' => 'liboss_resumable.dylib', 'Windows' => 'oss_resumable.dll'][PHP_OS_FAMILY]
            ?? 'liboss_resumable.so';
        $packed = dirname(__DIR__, 2) . '/lib/' . $name;
        return is_file($packed) ? $packed : $name;
    }

    private static function text(int $number): string
    {
        return sprintf('%d.%d.%d', intdiv($number, 10000), intdiv($number, 100) % 100, $number % 100);
    }

    private static function notLoaded(FFI\Exception $error): OssResumableException
    {
        return self::failure(sprintf(
            'the library cannot be loaded: %s. Set OSS_RESUMABLE_LIBRARY to its path; outside the command ' .
            'line also name preload.php of this package in opcache.preload, or set ffi.enable=true',
            $error->getMessage()
        ));
    }

    private static function failure(string $message): OssResumableException
    {
        return OssResumableException::of(Code::INTERNAL, 'oss-resumable: ' . $message);
    }
}
