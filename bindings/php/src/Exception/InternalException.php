<?php

declare(strict_types=1);

namespace OssResumable\Exception;

/** A bug in the library, caught; or it cannot be loaded, or no thread could be started. */
final class InternalException extends OssResumableException
{
}
