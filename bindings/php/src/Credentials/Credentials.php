<?php

declare(strict_types=1);

namespace OssResumable\Credentials;

/** An access key, permanent or temporary. */
final class Credentials
{
    /**
     * @param string|null $securityToken the token of temporary (STS) credentials.
     * @param \DateTimeInterface|null $expiration when they end; null: they do not.
     */
    public function __construct(
        private string $accessKeyId,
        #[\SensitiveParameter] private string $accessKeySecret,
        #[\SensitiveParameter] private ?string $securityToken = null,
        private ?\DateTimeInterface $expiration = null,
    ) {
    }

    public function getAccessKeyId(): string
    {
        return $this->accessKeyId;
    }

    public function getAccessKeySecret(): string
    {
        return $this->accessKeySecret;
    }

    public function getSecurityToken(): ?string
    {
        return $this->securityToken;
    }

    public function getExpiration(): ?\DateTimeInterface
    {
        return $this->expiration;
    }

    /** var_dump() and the like show no secret. */
    public function __debugInfo(): array
    {
        return ['accessKeyId' => $this->accessKeyId];
    }
}
