<?php

declare(strict_types=1);

// What a web request does: uploads one file. Without preloading, the class comes from the autoloader.
use OssResumable as Oss;

require_once __DIR__ . '/../autoload.php';

try {
    $lines = 0;
    $client = new Oss\Client(new Oss\Config(
        endpoint: $_GET['endpoint'],
        region: 'cn-hangzhou',
        credentialsProvider: static fn () => new Oss\Credentials\Credentials(
            'test-access-key-id',
            'test-access-key-secret'
        ),
        logLevel: Oss\LogLevel::DEBUG,
        logCallback: static function () use (&$lines): void {
            $lines++;
        },
    ));
    if (isset($_GET['fatal'])) {
        $upload = $client->startUpload('examplebucket', $_GET['key'], $_GET['file']);
        while (!$upload->wait(0.1) && $upload->progress()->partsDone < 1) {
        }
        ini_set('memory_limit', '8M');
        echo str_repeat('x', (int) $_GET['fatal']);
    }
    $result = $client->uploadFile('examplebucket', $_GET['key'], $_GET['file'], new Oss\UploadOptions(
        enableCheckpoint: true,
        checkpointPath: $_GET['file'] . '.' . $_GET['key'],
    ));
    echo json_encode(['crc64' => $result->hashCrc64, 'lines' => $lines > 0, 'pid' => getmypid()]);
} catch (Throwable $error) {
    echo get_class($error), ': ', $error->getMessage();
}
