<?php

declare(strict_types=1);

namespace OssResumable\Exception;

/** What OSS stored is not what was sent: a part, or, as the message then says, the object. */
final class IntegrityException extends OssResumableException
{
}
