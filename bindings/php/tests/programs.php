<?php

declare(strict_types=1);

/** Runs a program of ours; returns exit code, standard output and errors. */
$program = static function (string $path, string ...$arguments): array {
    $environment = getenv();
    $environment['OSS_ACCESS_KEY_ID'] = 'test-access-key-id';
    $environment['OSS_ACCESS_KEY_SECRET'] = 'test-access-key-secret';
    $pipes = [];
    $process = proc_open(
        [PHP_BINARY, __DIR__ . '/' . $path, ...$arguments],
        [1 => ['pipe', 'w'], 2 => ['pipe', 'w']],
        $pipes,
        null,
        $environment
    );
    $out = stream_get_contents($pipes[1]);
    $error = stream_get_contents($pipes[2]);
    return [proc_close($process), $out, $error];
};

$example = static fn (Server $server, string ...$arguments): array => $program(
    '../example.php',
    ...array_merge($arguments, ['--endpoint', $server->url, '--region', 'cn-hangzhou'])
);

return [
    'the example uploads and tells the outcome in its last line' => served(static function ($test, $server) use ($example) {
        $path = $test->file(3 * PART);
        [$code, $out, $error] = $example(
            $server,
            $path,
            'oss://examplebucket/dir/key',
            '--part-size=102400',
            '--header',
            'Content-Type: a/b'
        );
        same(0, $code, $error);
        check(preg_match('/^etag=\S+ crc64=\d+ request_id=\S+ resumed_bytes=0\n$/', $out) === 1, $out);
        $test->stored('dir/key', $path);
    }),
    'the example has the exit codes of oss-upload' => served(static function ($test, $server) use ($program, $example) {
        $path = $test->file(3 * PART);
        same(2, $program('../example.php')[0]);
        same(2, $example($server, $path, 'oss://examplebucket')[0]);
        same(2, $example($server, $path, 'oss://b/k')[0]);
        same(4, $example($server, $path . '-none', 'oss://examplebucket/k')[0]);
        file_put_contents($path . '.ucp', 'not a checkpoint');
        same(5, $example($server, $path, 'oss://examplebucket/k', '--part-size', '102400')[0]);
        $server->rule('PutObject', ['status' => ['code' => 403, 'oss_code' => 'AccessDenied']]);
        [$code, , $error] = $example($server, $path, 'oss://examplebucket/k', '--no-checkpoint');
        same(1, $code, $error);
        check(str_contains($error, 'E_SERVICE oss_code=AccessDenied request_id='), $error);
    }),
    'the conformance program reads and writes its protocol' => served(static function ($test, $server) use ($program) {
        $path = $test->file(3 * PART);
        $request = $test->directory . '/request';
        file_put_contents($request, implode("\n", [
            "config.endpoint=$server->url", 'config.region=cn-hangzhou', 'config.access_key_id=test-access-key-id',
            'config.access_key_secret=test-access-key-secret', 'upload.bucket=examplebucket', 'upload.object=100%25',
            "upload.file=$path", 'second.bucket=examplebucket', 'second.object=two', "second.file=$path", '',
        ]));
        [, $out] = $program('conformance.php', $request);
        foreach (['outcome=ok', 'second.outcome=ok', 'parts=3', 'progress.last=' . 3 * PART] as $line) {
            check(in_array($line, explode("\n", $out), true), "$line is not in $out");
        }
        $test->stored('100%', $path);
        $test->stored('two', $path);
        file_put_contents($request, "action.unknown=1\n", FILE_APPEND);
        same(2, $program('conformance.php', $request)[0]);
    }),
];
