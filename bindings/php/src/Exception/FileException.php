<?php

declare(strict_types=1);

namespace OssResumable\Exception;

/** The local file cannot be opened or read, or is not a regular file. */
final class FileException extends OssResumableException
{
}
