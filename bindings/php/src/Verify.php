<?php

declare(strict_types=1);

namespace OssResumable;

/** Which finished parts are read again before an upload goes on: UploadOptions::$verifyOnResume. */
final class Verify
{
    public const IN_DOUBT = 0;
    public const ALWAYS = 1;
    public const NEVER = 2;
}
