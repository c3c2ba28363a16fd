<?php

declare(strict_types=1);

namespace OssResumable\Credentials;

/**
 * OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and OSS_SESSION_TOKEN, or the same as
 * ALIBABA_CLOUD_ACCESS_KEY_ID and so on; of the process, read when the client is made.
 */
final class EnvironmentVariableCredentialsProvider extends DefaultCredentialsProvider
{
    public function __construct()
    {
        parent::__construct(provider: 'environment');
    }
}
