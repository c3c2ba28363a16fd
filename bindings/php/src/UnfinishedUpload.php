<?php

declare(strict_types=1);

namespace OssResumable;

/** A multipart upload that nobody completed or aborted; its parts are paid for. */
final class UnfinishedUpload
{
    public function __construct(
        public string $key,
        public string $uploadId,
        public \DateTimeImmutable $initiated,
    ) {
    }
}
