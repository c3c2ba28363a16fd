<?php

declare(strict_types=1);

namespace OssResumable\Credentials;

/** These credentials, until Client::setCredentials() replaces them. */
final class StaticCredentialsProvider implements CredentialsProvider
{
    private Credentials $credentials;

    public function __construct(
        string $accessKeyId,
        #[\SensitiveParameter] string $accessKeySecret,
        #[\SensitiveParameter] ?string $securityToken = null,
    ) {
        $this->credentials = new Credentials($accessKeyId, $accessKeySecret, $securityToken);
    }

    public function getCredentials(): Credentials
    {
        return $this->credentials;
    }
}
