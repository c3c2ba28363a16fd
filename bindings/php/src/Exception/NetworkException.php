<?php

declare(strict_types=1);

namespace OssResumable\Exception;

/** No usable answer within the retry time. Call again to resume. */
final class NetworkException extends OssResumableException
{
}
