<?php

// The README's second block, between the markers.
//
// usage: php details.php ENDPOINT BUCKET KEY FILE CALLBACK_URL SECONDS

declare(strict_types=1);

require __DIR__ . '/../autoload.php';

use OssResumable as Oss;

[, $endpoint, $bucket, $key, $file, $url, $seconds] = $argv;
$client = new Oss\Client(new Oss\Config(
    region: 'cn-hangzhou',
    endpoint: $endpoint,
    credentialsProvider: new Oss\Credentials\EnvironmentVariableCredentialsProvider(),
));
$deadline = time() + (int) $seconds;

// snippet: begin
final class TimeIsUp extends Exception
{
}

$options = new Oss\UploadOptions(
    enableCheckpoint: true,
    headers: ['Content-Type' => 'video/mp4'],
    metadata: ['owner' => 'me'],
    callback: new Oss\Callback($url, 'key=${object}&size=${size}'), // when the object is stored
    progressFn: static function (int $increment, int $transferred, int $total) use ($deadline): void {
        echo "$transferred of $total bytes\n";
        if (time() > $deadline) {
            throw new TimeIsUp('canceled: the same call goes on where this one stopped');
        }
    },
);
try {
    $result = $client->uploadFile($bucket, $key, $file, $options);
    echo 'the receiver answered: ', $result->body, "\n";
} catch (TimeIsUp $canceled) {
    echo $canceled->getMessage(), "\n";
    exit(1);
}
// snippet: end
