<?php

declare(strict_types=1);

namespace OssResumable;

/** What an upload is busy with: Progress::$stage. A newer library may have more. */
final class Stage
{
    public const PREPARE = 0;
    public const RESUME = 1;
    public const INITIATE = 2;
    public const UPLOAD = 3;
    public const COMPLETE = 4;
    public const SETTLE = 5;
    public const ABORT = 6;
    public const DONE = 7;
}
