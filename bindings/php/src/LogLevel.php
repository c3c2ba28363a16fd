<?php

declare(strict_types=1);

namespace OssResumable;

/** How much is logged: Config::$logLevel. */
final class LogLevel
{
    public const NONE = 0;
    /** Uploads that failed. */
    public const ERROR = 1;
    /** Attempts that failed and may be made again. */
    public const WARN = 2;
    /** Uploads that begin and end, credentials that are renewed. */
    public const INFO = 3;
    /** Every request, with part, attempt, time, status and request id. */
    public const DEBUG = 4;
    /** URLs and the names of headers. */
    public const TRACE = 5;
}
