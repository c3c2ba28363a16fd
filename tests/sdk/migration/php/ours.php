<?php

// With this library. usage: php ours.php ENDPOINT BUCKET KEY FILE

declare(strict_types=1);

require __DIR__ . '/../../../../bindings/php/autoload.php';

use OssResumable as Oss;

[, $endpoint, $bucket, $key, $file] = $argv;
$client = new Oss\Client(new Oss\Config(
    region: 'cn-hangzhou',
    endpoint: $endpoint,
    credentialsProvider: new Oss\Credentials\EnvironmentVariableCredentialsProvider(),
));
// migration: begin
$result = $client->uploadFile($bucket, $key, $file,
    new Oss\UploadOptions(partSize: 102400, parallelNum: 3, enableCheckpoint: true));
// migration: end
echo $result->etag, "\n";
