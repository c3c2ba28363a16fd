<?php

declare(strict_types=1);

namespace OssResumable\Exception;

/** The local file changed while it was being uploaded. Everything has to be sent again. */
final class FileChangedException extends OssResumableException
{
}
