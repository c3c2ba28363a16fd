<?php

declare(strict_types=1);

namespace OssResumable\Exception;

/** The commit was sent, and no answer told what became of it. Calling again settles it. */
final class CommitUnknownException extends OssResumableException
{
}
