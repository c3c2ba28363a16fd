<?php

declare(strict_types=1);

namespace OssResumable\Credentials;

/**
 * A provider of your own. Asked when credentials are first needed, for all uploads of the client at
 * once, and again before they expire; runs inside the methods that block. Must not use the client or
 * exit; what it throws ends the upload and comes out.
 */
interface CredentialsProvider
{
    public function getCredentials(): Credentials;
}
