<?php

declare(strict_types=1);

// The README's other snippets: what stands between the markers is printed there as it is.

use OssResumable as Oss;

/** Runs a snippet where its big.bin is; gives back what it printed. */
$at = static function ($test, Closure $snippet): string {
    $before = getcwd();
    chdir($test->directory);
    ob_start();
    try {
        $snippet();
    } finally {
        chdir($before);
        $printed = ob_get_clean();
    }
    return $printed;
};

return [
    'the snippet tells errors of OSS from others' => served(static function ($test, $server, $client) use ($at) {
        $test->file(4 * PART);
        $server->rule('InitiateMultipartUpload', ['status' => ['code' => 403, 'oss_code' => 'AccessDenied']]);
        $printed = $at($test, static function () use ($client) {
            // snippet: begin
            try {
                $client->uploadFile('examplebucket', 'dir/big.bin', 'big.bin');
            } catch (Oss\Exception\ServiceException $error) {
                echo $error->getStatusCode(), $error->getErrorCode(), $error->getRequestId(), $error->getEC();
            } catch (Oss\Exception\OssResumableException $error) {
                echo $error->getCode(), $error->getMessage(), $error->isRetryable() ? 'try again' : '';
            }
            // snippet: end
        });
        check(str_starts_with($printed, '403AccessDenied'), $printed);
        same([], $server->objects());
    }),
    'the snippet does something else while it uploads' => served(static function ($test, $server, $client) use ($at) {
        $path = $test->file(4 * PART);
        $server->rule('UploadPart', ['delay' => ['ms' => 2000]], ['part' => 4]);
        $options = new Oss\UploadOptions();
        $at($test, static function () use ($client, $options) {
            // snippet: begin
            $upload = $client->startUpload('examplebucket', 'dir/big.bin', 'big.bin', $options);
            while (!$upload->wait(0.05)) {   // seconds; 0 only looks
                $progress = $upload->progress();   // do something else here
            }
            $result = $upload->result();
            // snippet: end
            check($result->hashCrc64 !== null && isset($progress), 'it looked in between');
        });
        $test->stored('dir/big.bin', $path);
    }),
];
