<?php

declare(strict_types=1);

use OssResumable as Oss;
use OssResumable\UploadOptions as Options;

return [
    'a file is stored and the result tells what the server has' => served(static function ($test, $server, $client) {
        $path = $test->file(10 * PART + 1);
        $result = $client->uploadFile('examplebucket', 'dir/big.bin', $path, new Options(parallelNum: 3));
        $test->stored('dir/big.bin', $path);
        $object = $server->objects()[0];
        same((string) $object['crc64'], $result->hashCrc64);
        same(trim($object['etag'], '"'), $result->etag);
        same([11, PART, 200, 0, 0, 0], [
            $result->parts, $result->partSize, $result->statusCode, $result->resumedBytes,
            $result->retries, $result->warnings,
        ]);
        same($result->hashCrc64, $result->headers['x-oss-hash-crc64ecma']);
        check($result->requestId !== null && $result->uploadId !== null, 'ids');
        same(11, $server->count('UploadPart'));
        same([], $server->uploads());
    }),
    'an empty file and one of one part are stored with one request' => served(static function ($test, $server, $client) {
        foreach ([0, 1, PART] as $size) {
            $calls = [];
            $path = $test->file($size);
            $result = $client->uploadFile('examplebucket', 'small', $path, new Options(
                progressFn: static function (int ...$call) use (&$calls): void {
                    $calls[] = $call;
                },
            ));
            same([1, null], [$result->parts, $result->uploadId]);
            $test->stored('small', $path);
            monotonic($calls, $size);
        }
        same(3, $server->count('PutObject'));
        same(0, $server->count('InitiateMultipartUpload'));
    }),
    'progress never goes back and ends at the total' => served(static function ($test, $server, $client) {
        $server->slowParts();
        $calls = [];
        $client->uploadFile('examplebucket', 'key', $test->file(20 * PART), new Options(
            progressFn: static function (int ...$call) use (&$calls): void {
                $calls[] = $call;
                gc_collect_cycles();
            },
        ));
        monotonic($calls, 20 * PART);
        check(count($calls) > 2, 'progress is told more than at the end');
    }),
    'a canceled upload is resumed and sends only what is missing' => served(static function ($test, $server, $client) {
        $server->slowParts();
        $path = $test->file(20 * PART);
        $test->cancelAfter(5, 'key', $path, new Options(enableCheckpoint: true));
        check(is_file($path . '.ucp'), 'the checkpoint is kept');
        same([], $server->objects());
        $before = $server->count('UploadPart');
        $calls = [];
        $result = $client->uploadFile('examplebucket', 'key', $path, new Options(
            enableCheckpoint: true,
            progressFn: static function (int ...$call) use (&$calls): void {
                $calls[] = $call;
            },
        ));
        check($result->resumedBytes >= 5 * PART, 'resumed bytes');
        same(20 - intdiv($result->resumedBytes, PART), $server->count('UploadPart') - $before);
        check($calls[0][1] >= $result->resumedBytes, 'progress begins with what was resumed');
        monotonic($calls, 20 * PART);
        $test->stored('key', $path);
        clearstatcache();
        check(!is_file($path . '.ucp'), 'the checkpoint is removed');
    }),
    'bytes are stored, with NULs and empty' => served(static function ($test, $server, $client) {
        foreach (['', "a\0b", str_repeat("x\0y", PART)] as $data) {
            $client->uploadFrom('examplebucket', 'memory', $data);
            check($server->object('memory') === $data, 'the object is the bytes');
        }
    }),
    'odd names arrive as they are' => served(static function ($test, $server, $client) {
        foreach (['dir/ a+b&c=%25?#', "王小明/\u{1F600}.bin", '\'"<>\\', str_repeat('x', 1023)] as $key) {
            $path = $test->file(PART + 1, "ä 王'\n\xff.bin");
            $client->uploadFile('examplebucket', $key, $path);
            $test->stored($key, $path);
        }
    }),
    'headers and metadata reach the object' => served(static function ($test, $server, $client) {
        $client->uploadFile('examplebucket', 'key', $test->file(2 * PART), new Options(
            headers: ['Content-Type' => 'text/x-test'],
            metadata: ['author' => 'me'],
        ));
        same('text/x-test', $server->header('InitiateMultipartUpload', 'content-type'));
        same('me', $server->header('InitiateMultipartUpload', 'x-oss-meta-author'));
    }),
    'a checkpoint may be in a directory of its own' => served(static function ($test, $server, $client) {
        $server->slowParts();
        mkdir($test->directory . '/checkpoints');
        $path = $test->file(9 * PART);
        $options = new Options(enableCheckpoint: true, checkpointPath: $test->directory . '/checkpoints');
        $test->cancelAfter(2, 'key', $path, $options);
        same(3, count(scandir($test->directory . '/checkpoints')));
        check($client->uploadFile('examplebucket', 'key', $path, $options)->resumedBytes > 0, 'resumed');
        same(2, count(scandir($test->directory . '/checkpoints')));
    }),
    'the sample of the official SDK works' => served(static function ($test, $server) {
        putenv('OSS_ACCESS_KEY_ID=test-access-key-id');
        putenv('OSS_ACCESS_KEY_SECRET=test-access-key-secret');
        $path = $test->file(3 * PART);
        $calls = [];
        $credentialsProvider = new Oss\Credentials\EnvironmentVariableCredentialsProvider();
        $cfg = Oss\Config::loadDefault();
        $cfg->setCredentialsProvider($credentialsProvider);
        $cfg->setRegion('cn-hangzhou');
        $cfg->setEndpoint($server->url);
        $client = new Oss\Client($cfg);
        $uploader = $client->newUploader(['enable_checkpoint' => true, 'part_size' => PART]);
        $result = $uploader->uploadFile(
            request: new Oss\Models\PutObjectRequest(
                bucket: 'examplebucket',
                key: 'key',
                forbidOverwrite: true,
                progressFn: static function (int ...$call) use (&$calls): void {
                    $calls[] = $call;
                },
            ),
            filepath: $path,
        );
        same(200, $result->statusCode);
        $test->stored('key', $path);
        monotonic($calls, 3 * PART);
        same('true', $server->header('CompleteMultipartUpload', 'x-oss-forbid-overwrite'));
        thrown(Oss\Exception\InvalidArgumentException::class, static fn () => $client->newUploader()->uploadFile(
            new Oss\Models\PutObjectRequest('examplebucket', 'key'),
            $path,
            ['part_sice' => 1]
        ));
    }),
    'many uploads run at the same time with one client' => served(static function ($test, $server, $client) {
        $server->slowParts();
        $uploads = [];
        for ($at = 0; $at < 8; $at++) {
            $path = $test->file(5 * PART + $at, "file$at");
            $uploads[$path] = $client->startUpload('examplebucket', "key$at", $path);
        }
        $client->close();
        foreach ($uploads as $upload) {
            $upload->result();
        }
        same(8, count($server->objects()));
        $at = 0;
        foreach (array_keys($uploads) as $path) {
            $test->stored('key' . $at++, $path);
        }
    }),
    'unfinished uploads are listed, discarded and aborted' => served(static function ($test, $server, $client) {
        $server->slowParts();
        foreach (['a/1', 'a/2', 'b/1'] as $key) {
            $path = $test->file(9 * PART, strtr($key, '/', '-'));
            $test->cancelAfter(1, $key, $path, new Options(enableCheckpoint: true));
        }
        $listed = $client->listUploads('examplebucket', 'a/');
        same(['a/1', 'a/2'], array_column($listed, 'key'));
        check(abs($listed[0]->initiated->getTimestamp() - time()) < 60, 'initiated');
        $client->abortUpload('examplebucket', $listed[0]->key, $listed[0]->uploadId);
        $client->abortUpload('examplebucket', $listed[0]->key, $listed[0]->uploadId);
        $client->discard('examplebucket', 'b/1', $path);
        $client->discard('examplebucket', 'b/1', $path);
        clearstatcache();
        check(!is_file($path . '.ucp'), 'the checkpoint is gone');
        same(1, count($server->uploads()));
        same(0, $client->abortUploads('examplebucket', minAgeSeconds: 3600));
        same(1, $client->abortUploads('examplebucket'));
        same([], $server->uploads());
    }),
    'a bandwidth limit slows and is lifted' => served(static function ($test, $server, $client) {
        $client->setBandwidthLimit(200 * 1024);
        $path = $test->file(20 * PART);
        $upload = $client->startUpload('examplebucket', 'key', $path);
        check(!$upload->wait(1.0), 'it goes on');
        check($upload->progress()->consumedBytes < 10 * PART, 'it is slow');
        $client->setBandwidthLimit(0);
        check($upload->wait(5.0), 'it is fast');
        $test->stored('key', $path);
        thrown(Oss\Exception\InvalidArgumentException::class, static fn () => $client->setBandwidthLimit(1));
    }),
    'the version id is told' => served(static function ($test, $server, $client) {
        $result = $client->uploadFrom('examplebucket', 'key', 'text');
        check($result->versionId !== null && $result->versionId === $result->headers['x-oss-version-id'], 'version');
    }, '--versioning'),
];
