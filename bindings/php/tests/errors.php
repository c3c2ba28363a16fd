<?php

declare(strict_types=1);

use OssResumable as Oss;
use OssResumable\Credentials\Credentials;
use OssResumable\Exception;
use OssResumable\UploadOptions as Options;

final class Mine extends RuntimeException
{
}

$asked = static fn (Server $server, object $provider, mixed ...$more): Oss\Client => new Oss\Client(
    $server->config(...(['accessKeyId' => null, 'accessKeySecret' => null, 'credentialsProvider' => $provider] + $more))
);

return [
    'what OSS said is in the exception' => served(static function ($test, $server, $client) {
        $server->rule('InitiateMultipartUpload', ['status' => ['code' => 403, 'oss_code' => 'AccessDenied']]);
        $path = $test->file(2 * PART);
        $error = thrown(Exception\ServiceException::class, static fn () => $client->uploadFile('examplebucket', 'k', $path));
        same(
            [Oss\Code::SERVICE, 403, 'AccessDenied', 'initiate', 1, false, null],
            [
                $error->getCode(), $error->getStatusCode(), $error->getErrorCode(), $error->getStage(),
                $error->getAttempts(), $error->isRetryable(), $error->getPartNumber(),
            ]
        );
        check($error->getRequestId() !== null, 'request id');
        same([], $server->objects());
    }),
    'an exception tells part and offset' => served(static function ($test, $server, $client) {
        $server->rule('UploadPart', ['status' => ['code' => 400, 'oss_code' => 'Bad']], ['part' => 3]);
        $path = $test->file(4 * PART);
        $error = thrown(
            Exception\OssResumableException::class,
            static fn () => $client->uploadFile('examplebucket', 'k', $path)
        );
        same([3, 2 * PART, 'upload'], [$error->getPartNumber(), $error->getOffset(), $error->getStage()]);
    }),
    'a file that is missing is a file exception with the number of the system' => served(static function ($test, $server, $client) {
        $error = thrown(
            Exception\FileException::class,
            static fn () => $client->uploadFile('examplebucket', 'k', $test->directory . '/none')
        );
        same(2, $error->getErrno());
        same([], $server->log());
    }),
    'a server that is gone is a network exception with a reason' => served(static function ($test, $server) {
        $client = new Oss\Client($server->config(maxRetries: 1));
        $server->stop();
        $error = thrown(Exception\NetworkException::class, static fn () => $client->uploadFrom('examplebucket', 'k', 'x'));
        same(['connection_refused', 2, true], [$error->getReason(), $error->getAttempts(), $error->isRetryable()]);
    }),
    'bad arguments are refused with the name of the field' => served(static function ($test, $server, $client) {
        $upload = static fn (string $bucket, string $key, mixed ...$options) => static fn () => $client->uploadFrom(
            $bucket,
            $key,
            '',
            new Options(...$options)
        );
        $config = static fn (mixed ...$settings) => static fn () => new Oss\Client($server->config(...$settings));
        $cases = [
            ['access_key_id', $config(accessKeyId: null)],
            ['region', $config(region: 'a b')],
            ['connect_timeout_ms', $config(connectTimeout: -1)],
            ['max_retries', $config(maxRetries: 1 << 40)],
            ['signature_version', $config(signatureVersion: 'v7')],
            ['proxy', $config(proxy: "x\0y")],
            ['bucket', $upload('b', 'key')],
            ['object', $upload('examplebucket', "a\0b")],
            ['object', $upload('examplebucket', "\xff")],
            ['part_size', $upload('examplebucket', 'key', partSize: 1)],
            ['thread_num', $upload('examplebucket', 'key', parallelNum: 1 << 32)],
            ['headers', $upload('examplebucket', 'key', headers: ['Host' => 'x'])],
        ];
        foreach ($cases as [$field, $call]) {
            $error = thrown(Exception\InvalidArgumentException::class, $call);
            check(str_starts_with($error->getMessage(), $field), $field . ': ' . $error->getMessage());
        }
        same([], $server->log());
    }),
    'what progressFn throws cancels the upload and comes out' => served(static function ($test, $server, $client) {
        $server->slowParts();
        $path = $test->file(20 * PART);
        $mine = new Mine('in the middle');
        $error = thrown(Mine::class, static fn () => $client->uploadFile('examplebucket', 'k', $path, new Options(
            enableCheckpoint: true,
            progressFn: static function (int $increment, int $transferred) use ($mine): void {
                if ($transferred >= 3 * PART) {
                    throw $mine;
                }
            },
        )));
        check($error === $mine, 'it is the same');
        same([], $server->objects());
        // It has really ended: the checkpoint is free, and the next call resumes.
        $result = $client->uploadFile('examplebucket', 'k', $path, new Options(enableCheckpoint: true));
        check($result->resumedBytes >= 2 * PART, 'resumed');
        $test->stored('k', $path);
    }),
    'a canceled upload without a checkpoint leaves nothing on the server' => served(static function ($test, $server, $client) {
        $server->slowParts();
        $path = $test->file(20 * PART);
        thrown(Mine::class, static fn () => $client->uploadFile('examplebucket', 'k', $path, new Options(
            progressFn: static fn () => throw new Mine(),
        )));
        same([], $server->uploads());
    }),
    'use after close is a clear error and closing twice is harmless' => served(static function ($test, $server, $client) {
        $path = $test->file(3 * PART);
        $upload = $client->startUpload('examplebucket', 'k', $path);
        $client->close();
        $client->close();
        $upload->result();
        $test->stored('k', $path);
        $upload->close();
        $upload->close();
        foreach (['result', 'wait', 'progress', 'cancel'] as $method) {
            $error = thrown(Exception\StateException::class, static fn () => $upload->$method());
            same('this upload is closed', $error->getMessage());
        }
        $error = thrown(Exception\StateException::class, static fn () => $client->uploadFile('examplebucket', 'k', $path));
        same('this client is closed', $error->getMessage());
    }),
    'an upload that nobody holds is canceled' => served(static function ($test, $server, $client) {
        $server->slowParts();
        $upload = $client->startUpload('examplebucket', 'k', $test->file(200 * PART));
        while ($upload->progress()->partsDone === 0) {
            usleep(1000);
        }
        unset($upload);
        for ($at = 0; $at < 100 && $server->uploads() !== []; $at++) {
            usleep(50000);
        }
        same([], $server->uploads());
        same([], $server->objects());
    }),
    'an upload may be closed inside a callback' => served(static function ($test, $server) {
        $server->slowParts();
        $upload = null;
        $client = new Oss\Client($server->config(
            logLevel: Oss\LogLevel::DEBUG,
            logCallback: static function () use (&$upload): void {
                $upload?->close();
            },
        ));
        $upload = $client->startUpload('examplebucket', 'k', $test->file(20 * PART));
        thrown(Exception\StateException::class, static fn () => $upload->result());
    }),
    'a closure is asked once for credentials of all uploads' => served(static function ($test, $server) use ($asked) {
        $count = 0;
        $client = $asked($server, static function () use (&$count): Credentials {
            $count++;
            gc_collect_cycles();
            return new Credentials(
                'test-access-key-id',
                'test-access-key-secret',
                null,
                new DateTimeImmutable('+1 hour')
            );
        });
        $path = $test->file(3 * PART);
        foreach (['1', '2'] as $key) {
            $client->uploadFile('examplebucket', $key, $path);
            $test->stored($key, $path);
        }
        same([], $client->listUploads('examplebucket'));
        same(1, $count);
    }),
    'temporary credentials of a provider carry their token' => served(static function ($test, $server) use ($asked) {
        $provider = new class implements Oss\Credentials\CredentialsProvider {
            public function getCredentials(): Credentials
            {
                return new Credentials('test-sts-access-key-id', 'test-sts-access-key-secret', 'test-sts-token');
            }
        };
        $asked($server, $provider)->uploadFrom('examplebucket', 'k', 'text');
        same('text', $server->object('k'));
    }),
    'what a provider throws comes out of an upload and of a listing' => served(static function ($test, $server) use ($asked) {
        $client = $asked($server, static fn () => throw new Mine('no credentials today'), maxRetries: -1);
        thrown(Mine::class, static fn () => $client->uploadFrom('examplebucket', 'k', 'x'));
        thrown(Mine::class, static fn () => $client->listUploads('examplebucket'));
        same([], $server->log());
    }),
    'static credentials and their replacement are used' => served(static function ($test, $server) use ($asked) {
        $wrong = new Oss\Credentials\StaticCredentialsProvider('test-access-key-id', 'wrong');
        $client = $asked($server, $wrong);
        $error = thrown(Exception\ServiceException::class, static fn () => $client->uploadFrom('examplebucket', 'k', 'x'));
        same('SignatureDoesNotMatch', $error->getErrorCode());
        $client->setCredentials('test-access-key-id', 'test-access-key-secret');
        $client->uploadFrom('examplebucket', 'k', 'x');
        thrown(Exception\InvalidArgumentException::class, static fn () => $client->setCredentials('', 'x'));
    }),
    'the engine finds credentials in a profile' => served(static function ($test, $server) use ($asked) {
        $entry = [
            'name' => 'me',
            'mode' => 'AK',
            'access_key_id' => 'test-access-key-id',
            'access_key_secret' => 'test-access-key-secret',
        ];
        $file = $test->directory . '/config.json';
        file_put_contents($file, json_encode(['current' => 'me', 'profiles' => [$entry]]));
        $provider = new Oss\Credentials\DefaultCredentialsProvider('profile', profileFile: $file);
        $asked($server, $provider)->uploadFrom('examplebucket', 'k', 'x');
        $none = new Oss\Credentials\DefaultCredentialsProvider('profile', profileFile: $file . '-none');
        thrown(Exception\CredentialsException::class, static fn () => $asked($server, $none, maxRetries: -1)
            ->uploadFrom('examplebucket', 'k', 'x'));
    }),
    'the log tells every request and no secret' => served(static function ($test, $server) {
        $lines = [];
        $log = static function (int $level, string $line) use (&$lines): void {
            $lines[] = $line;
        };
        $client = new Oss\Client($server->config(logCallback: $log, logLevel: Oss\LogLevel::TRACE));
        $client->uploadFile('examplebucket', 'k', $test->file(3 * PART));
        check(count($lines) > 5, 'lines');
        check(!str_contains(implode($lines), 'test-access-key-secret'), 'secret');
        $file = $test->directory . '/log';
        $client = new Oss\Client($server->config(logFile: $file, logLevel: Oss\LogLevel::INFO));
        $client->uploadFrom('examplebucket', 'k', 'x');
        check(filesize($file) > 0, 'log file');
    }),
    'collections in thousands of callbacks harm nothing' => served(static function ($test, $server) {
        $path = $test->file(30 * PART);
        $calls = 0;
        for ($at = 0; $at < 40; $at++) {
            $log = static function () use (&$calls): void {
                gc_collect_cycles();
                $calls++;
            };
            // A client of its own for each: those before it have become garbage.
            $client = new Oss\Client($server->config(logCallback: $log, logLevel: Oss\LogLevel::TRACE));
            $client->uploadFile('examplebucket', 'k', $path, new Options(parallelNum: 8));
            $test->stored('k', $path);
        }
        check($calls > 2000, "$calls calls");
    }),
    'what a log closure throws comes out' => served(static function ($test, $server) {
        $server->slowParts();
        $log = static fn () => throw new Mine('full');
        $client = new Oss\Client($server->config(logCallback: $log, logLevel: Oss\LogLevel::DEBUG));
        $path = $test->file(9 * PART);
        thrown(Mine::class, static fn () => $client->uploadFile('examplebucket', 'k', $path));
        same([], $server->objects());
    }),
    'what a log closure throws comes out of a call that succeeds' => served(static function ($test, $server) {
        $log = static fn () => throw new Mine('full');
        $client = new Oss\Client($server->config(logCallback: $log, logLevel: Oss\LogLevel::DEBUG));
        thrown(Mine::class, static fn () => $client->listUploads('examplebucket'));
        thrown(Mine::class, static fn () => $client->abortUpload('examplebucket', 'k', 'unknown'));
    }),
    'the upload callback reaches OSS' => served(static function ($test, $server, $client) {
        $client->uploadFrom('examplebucket', 'k', 'x', new Options(callback: new Oss\Callback(
            url: 'http://127.0.0.1:1/stored',
            body: '{"user":${x:user}}',
            bodyType: 'application/json',
            variables: ['x:user' => '王 "W"'],
        )));
        $sent = json_decode(base64_decode($server->header('PutObject', 'x-oss-callback')), true);
        same('{"user":${x:user}}', $sent['callbackBody']);
        $variables = json_decode(base64_decode($server->header('PutObject', 'x-oss-callback-var')), true);
        same('王 "W"', $variables['x:user']);
    }),
    'no secret is in a dump of the settings' => static function (): void {
        $config = new Oss\Config(
            accessKeySecret: 'canary-1',
            securityToken: 'canary-2',
            proxy: 'http://me:canary-3@proxy',
            proxyPassword: 'canary-4',
            credentialsProvider: new Oss\Credentials\StaticCredentialsProvider('id', 'canary-5'),
        );
        check(!str_contains(print_r($config, true), 'canary'), print_r($config, true));
    },
    'a signal handler that throws cancels the upload and comes out' => served(static function ($test, $server, $client) {
        $server->slowParts();
        $path = $test->file(60 * PART);
        pcntl_async_signals(true);
        pcntl_signal(SIGALRM, static fn () => throw new Mine('alarm'));
        pcntl_alarm(1);
        thrown(Mine::class, static fn () => $client->uploadFile('examplebucket', 'k', $path, new Options(enableCheckpoint: true)));
        pcntl_signal(SIGALRM, SIG_DFL);
        $result = $client->uploadFile('examplebucket', 'k', $path, new Options(enableCheckpoint: true));
        check($result->resumedBytes > 0, 'resumed');
        $test->stored('k', $path);
    }),
    'a client works in a forked child and the upload of the parent goes on' => served(static function ($test, $server, $client) {
        $server->slowParts();
        $path = $test->file(20 * PART);
        $upload = $client->startUpload('examplebucket', 'parent', $path);
        while ($upload->progress()->partsDone === 0) {
            usleep(1000);
        }
        $child = pcntl_fork();
        if ($child === 0) {
            try {
                $upload->result();
            } catch (Exception\StateException) {
                $client->uploadFile('examplebucket', 'child', $path);
                posix_kill(getmypid(), SIGKILL);
            }
            exit(1);
        }
        pcntl_waitpid($child, $status);
        check(pcntl_wifsignaled($status), 'the child did what it should');
        $upload->result();
        $test->stored('parent', $path);
        $test->stored('child', $path);
    }),
];
