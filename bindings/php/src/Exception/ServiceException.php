<?php

declare(strict_types=1);

namespace OssResumable\Exception;

/** OSS refused: see getStatusCode(), getErrorCode(), getRequestId() and getEC(). */
final class ServiceException extends OssResumableException
{
}
