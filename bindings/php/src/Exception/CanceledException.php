<?php

declare(strict_types=1);

namespace OssResumable\Exception;

/** The upload was canceled. With a checkpoint, the next call resumes it. */
final class CanceledException extends OssResumableException
{
}
