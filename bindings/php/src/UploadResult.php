<?php

declare(strict_types=1);

namespace OssResumable;

/** What became of an upload that succeeded: the object is stored, and its CRC64 is the file's. */
final class UploadResult
{
    /**
     * @param string|null $etag without quotes; not an MD5 after a multipart upload.
     * @param string|null $versionId null without versioning.
     * @param string $hashCrc64 CRC-64 (ECMA-182) of file and object, in decimal digits, because it
     *     may exceed PHP_INT_MAX.
     * @param string|null $requestId OSS's id of the request that committed the object.
     * @param int $statusCode the HTTP status of its answer.
     * @param string|null $uploadId null when one PutObject was enough.
     * @param int $resumedBytes taken over from an earlier run and not sent again.
     * @param int $partSize bytes, as used.
     * @param int $parts 1 for one PutObject.
     * @param int $retries attempts that had to be made again.
     * @param int $warnings bits of Warn.
     * @param string|null $callbackError why the upload callback failed although the object is
     *     stored, in OSS's words.
     * @param array<string, string> $headers of OSS's answer, with names in lower case.
     * @param string $body of OSS's answer: with an upload callback, what its receiver answered.
     */
    public function __construct(
        public ?string $etag,
        public ?string $versionId,
        public string $hashCrc64,
        public ?string $requestId,
        public int $statusCode,
        public ?string $uploadId,
        public int $resumedBytes,
        public int $partSize,
        public int $parts,
        public int $retries,
        public int $warnings,
        public ?string $callbackError,
        public array $headers,
        public string $body,
    ) {
    }
}
