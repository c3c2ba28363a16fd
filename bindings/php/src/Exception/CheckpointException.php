<?php

declare(strict_types=1);

namespace OssResumable\Exception;

/** The checkpoint is in use, cannot be written, or is not a checkpoint. */
final class CheckpointException extends OssResumableException
{
}
