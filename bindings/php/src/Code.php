<?php

declare(strict_types=1);

namespace OssResumable;

/** Why a call failed: OssResumableException::getCode(). Values never change. */
final class Code
{
    public const INVALID_ARGUMENT = -1;
    public const FILE = -2;
    public const FILE_CHANGED = -3;
    public const CHECKPOINT = -4;
    public const NETWORK = -5;
    public const SERVICE = -6;
    public const INTEGRITY = -7;
    public const CANCELED = -8;
    public const STATE = -9;
    public const COMMIT_UNKNOWN = -10;
    public const CREDENTIALS = -11;
    public const INTERNAL = -99;
}
