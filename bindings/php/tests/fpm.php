<?php

declare(strict_types=1);

require_once __DIR__ . '/fastcgi.php';

if (Fpm::binary() === null) {
    return ['SKIPPED: FPM (install php-fpm)' => static function (): void {
    }];
}

/** A test with a server and FPM. */
$withFpm = static fn (array $ini, Closure $function, bool $unprivileged = false): Closure => served(
    static function (Test $test, Server $server) use ($ini, $function, $unprivileged): void {
        $fpm = new Fpm($test->directory, $ini, $unprivileged);
        try {
            $function($test, $server, $fpm);
        } finally {
            $fpm->stop();
        }
    }
);

$script = __DIR__ . '/fpm-script.php';

/** Three times two requests at once. */
$uploads = static function (Test $test, Server $server, Fpm $fpm) use ($script): void {
    $server->slowParts();
    $path = $test->file(8 * PART);
    $workers = [];
    for ($round = 0; $round < 3; $round++) {
        $streams = [];
        foreach (['a', 'b'] as $name) {
            $query = ['endpoint' => $server->url, 'file' => $path, 'key' => $name . $round];
            $streams[$name . $round] = $fpm->send($script, $query);
        }
        foreach ($streams as $key => $stream) {
            $answer = $fpm->read($stream);
            $found = json_decode($answer, true);
            check(isset($found['crc64']) && $found['lines'], $answer . $fpm->log());
            $workers[$found['pid']] = true;
            $test->stored($key, $path);
        }
    }
    same(2, count($workers), 'both workers');
};

$preloaded = [
    'ffi.enable' => 'preload',
    'zend.assertions' => '-1',
    'opcache.preload' => dirname(__DIR__) . '/preload.php',
];

return [
    'under FPM the preloaded library serves all requests of all workers' => $withFpm($preloaded, $uploads, true),
    'under FPM with opcache.preload_user the preloaded classes load the library' => $withFpm($preloaded, $uploads),
    'under FPM with ffi.enable=true nothing has to be preloaded' => $withFpm(['ffi.enable' => 'true'], $uploads),
    'under FPM a fatal error cancels the uploads of its request' => $withFpm(
        $preloaded + ['display_errors' => '1'],
        static function (Test $test, Server $server, Fpm $fpm) use ($script): void {
            $server->slowParts();
            $query = ['endpoint' => $server->url, 'file' => $test->file(200 * PART), 'key' => 'k', 'fatal' => '100000000'];
            $answer = $fpm->read($fpm->send($script, $query));
            check(str_contains($answer, 'Allowed memory size'), substr($answer, 0, 200));
            check($server->count('UploadPart') > 0, 'it had begun');
            for ($at = 0; $at < 600 && $server->uploads() !== []; $at++) {
                usleep(50000);
            }
            same([], $server->uploads());
            same([], $server->objects());
        },
        true
    ),
    'under FPM without preloading the error says what to do' => $withFpm(
        ['ffi.enable' => 'preload'],
        static function (Test $test, Server $server, Fpm $fpm) use ($script): void {
            $query = ['endpoint' => $server->url, 'file' => 'none', 'key' => 'k'];
            $answer = $fpm->read($fpm->send($script, $query));
            check(str_contains($answer, 'preload.php') && str_contains($answer, 'ffi.enable'), $answer . $fpm->log());
        }
    ),
];
