<?php

declare(strict_types=1);

namespace OssResumable\Exception;

/** The wrong moment: something closed is used, or an upload of the parent of a fork. */
final class StateException extends OssResumableException
{
}
