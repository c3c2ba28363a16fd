<?php

declare(strict_types=1);

namespace OssResumable\Exception;

use OssResumable\Code;

/**
 * A call failed. getCode() is one of Code; getMessage() is a sentence for a person, without secrets.
 * What has nothing to say is null.
 */
abstract class OssResumableException extends \RuntimeException
{
    private const BY_CODE = [
        Code::INVALID_ARGUMENT => InvalidArgumentException::class,
        Code::FILE => FileException::class,
        Code::FILE_CHANGED => FileChangedException::class,
        Code::CHECKPOINT => CheckpointException::class,
        Code::NETWORK => NetworkException::class,
        Code::SERVICE => ServiceException::class,
        Code::INTEGRITY => IntegrityException::class,
        Code::CANCELED => CanceledException::class,
        Code::STATE => StateException::class,
        Code::COMMIT_UNKNOWN => CommitUnknownException::class,
        Code::CREDENTIALS => CredentialsException::class,
        Code::INTERNAL => InternalException::class,
    ];

    /** @param array<string, mixed> $details */
    final public function __construct(string $message, int $code, private array $details = [])
    {
        parent::__construct($message, $code);
    }

    /**
     * The exception of a code; an unknown one (of a newer library) is an InternalException.
     *
     * @param array<string, mixed> $details
     */
    public static function of(int $code, string $message, array $details = []): self
    {
        $class = self::BY_CODE[$code] ?? InternalException::class;
        return new $class($message, $code, $details);
    }

    /** "prepare", "resume", "initiate", "upload", "complete", "settle", "abort" or "done". */
    public function getStage(): ?string
    {
        return $this->details['stage'] ?? null;
    }

    /** The part that failed, from 1. */
    public function getPartNumber(): ?int
    {
        return $this->details['partNumber'] ?? null;
    }

    /** Where in the file, in bytes from 0. */
    public function getOffset(): ?int
    {
        return $this->details['offset'] ?? null;
    }

    /** The HTTP status of the answer that decided. */
    public function getStatusCode(): ?int
    {
        return $this->details['statusCode'] ?? null;
    }

    /** OSS's error code, such as "NoSuchBucket". */
    public function getErrorCode(): ?string
    {
        return $this->details['errorCode'] ?? null;
    }

    /** OSS's id of the deciding request, for its support. */
    public function getRequestId(): ?string
    {
        return $this->details['requestId'] ?? null;
    }

    /** The host that refused, as OSS names it. */
    public function getHostId(): ?string
    {
        return $this->details['hostId'] ?? null;
    }

    /** OSS's finer error code, such as "0002-00000504". */
    public function getEC(): ?string
    {
        return $this->details['ec'] ?? null;
    }

    /** The operating system's error number. */
    public function getErrno(): ?int
    {
        return $this->details['errno'] ?? null;
    }

    /** Why there was no usable answer: "dns", "connection_refused", "stalled" and so on. */
    public function getReason(): ?string
    {
        return $this->details['reason'] ?? null;
    }

    /** How often the request that failed in the end was tried. */
    public function getAttempts(): ?int
    {
        return $this->details['attempts'] ?? null;
    }

    /** Whether the same call, unchanged, may succeed later. */
    public function isRetryable(): bool
    {
        return $this->details['retryable'] ?? false;
    }

    /** The multipart upload id, where there was one. */
    public function getUploadId(): ?string
    {
        return $this->details['uploadId'] ?? null;
    }

    /** Bits of Warn: for instance that an unfinished upload may be left on the server. */
    public function getWarnings(): int
    {
        return $this->details['warnings'] ?? 0;
    }
}
