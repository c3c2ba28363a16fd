<?php

declare(strict_types=1);

namespace OssResumable\Models;

use Closure;
use OssResumable\Callback;

/** What to store, and how, with the official SDK's names. */
final class PutObjectRequest
{
    private const HEADERS = [
        'acl' => 'x-oss-object-acl',
        'storageClass' => 'x-oss-storage-class',
        'cacheControl' => 'Cache-Control',
        'contentDisposition' => 'Content-Disposition',
        'contentEncoding' => 'Content-Encoding',
        'contentType' => 'Content-Type',
        'expires' => 'Expires',
        'serverSideEncryption' => 'x-oss-server-side-encryption',
        'serverSideDataEncryption' => 'x-oss-server-side-data-encryption',
        'serverSideEncryptionKeyId' => 'x-oss-server-side-encryption-key-id',
        'tagging' => 'x-oss-tagging',
        'forbidOverwrite' => 'x-oss-forbid-overwrite',
        'trafficLimit' => 'x-oss-traffic-limit',
        'requestPayer' => 'x-oss-request-payer',
    ];

    /**
     * @param array<string, string> $metadata without "x-oss-meta-".
     * @param int|null $trafficLimit of each request, in bit/s.
     * @param array<string, string> $headers more of them, as they are.
     */
    public function __construct(
        public string $bucket,
        public string $key,
        public ?string $acl = null,
        public ?string $storageClass = null,
        public array $metadata = [],
        public ?string $cacheControl = null,
        public ?string $contentDisposition = null,
        public ?string $contentEncoding = null,
        public ?string $contentType = null,
        public ?string $expires = null,
        public ?string $serverSideEncryption = null,
        public ?string $serverSideDataEncryption = null,
        public ?string $serverSideEncryptionKeyId = null,
        public ?string $tagging = null,
        public ?bool $forbidOverwrite = null,
        public ?int $trafficLimit = null,
        public ?string $requestPayer = null,
        public ?Callback $callback = null,
        public ?Closure $progressFn = null,
        public array $headers = [],
    ) {
    }

    /** @return array<string, string> */
    public function allHeaders(): array
    {
        $found = [];
        foreach (self::HEADERS as $property => $header) {
            $value = $this->$property;
            if ($value !== null) {
                $found[$header] = is_bool($value) ? ($value ? 'true' : 'false') : (string) $value;
            }
        }
        return array_merge($found, $this->headers);
    }
}
