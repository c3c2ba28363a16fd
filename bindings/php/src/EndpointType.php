<?php

declare(strict_types=1);

namespace OssResumable;

/** Which endpoint is made from the region: Config::$endpointType. */
final class EndpointType
{
    public const PUBLIC = 0;
    public const INTERNAL = 1;
    public const ACCELERATE = 2;
    public const ACCELERATE_OVERSEAS = 3;
    public const DUAL_STACK = 4;
}
