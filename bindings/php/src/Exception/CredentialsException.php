<?php

declare(strict_types=1);

namespace OssResumable\Exception;

/** No credentials could be had from where they were to come from. */
final class CredentialsException extends OssResumableException
{
}
