<?php

declare(strict_types=1);

namespace OssResumable\Exception;

/** An argument cannot be used; the message begins with its name in the C API. Nothing was sent. */
final class InvalidArgumentException extends OssResumableException
{
}
