<?php

declare(strict_types=1);

namespace OssResumable;

use Closure;

/** How to upload. What is left out is the engine's default. */
final class UploadOptions
{
    /**
     * The engine chooses. Part size: a thousandth of the file, rounded up to a whole MiB, 4 MiB to
     * 5 GiB. Parts in flight: 4 in this release.
     */
    public const AUTO = -1;

    /**
     * @param int $partSize bytes, 102,400 to 5,368,709,120, or AUTO. Default: 102,400.
     * @param int $parallelNum parts in flight, 1 to 1,024, or AUTO. Default: 1.
     * @param bool $enableCheckpoint keep a checkpoint, and resume from it.
     * @param string|null $checkpointPath a file, or an existing directory in which a name is derived.
     *     Default: the file's path with ".ucp" behind it.
     * @param array<string, string> $headers of the object, such as ['Content-Type' => 'text/plain'].
     * @param array<string, string> $metadata of the object, without "x-oss-meta-".
     * @param Callback|null $callback whom OSS calls back when the object is stored.
     * @param int $verifyOnResume one of Verify: which finished parts are read again.
     * @param bool $resumeByContent the checkpoint was begun elsewhere: size and content decide
     *     whether it belongs to this file.
     * @param Closure|null $progressFn function (int $increment, int $transferred, int $total): void,
     *     called at most ten times a second by the method that waits; bytes of earlier runs are in
     *     it from the first call. What it throws cancels the upload and comes out.
     */
    public function __construct(
        public int $partSize = 0,
        public int $parallelNum = 0,
        public bool $enableCheckpoint = false,
        public ?string $checkpointPath = null,
        public array $headers = [],
        public array $metadata = [],
        public ?Callback $callback = null,
        public int $verifyOnResume = Verify::IN_DOUBT,
        public bool $resumeByContent = false,
        public ?Closure $progressFn = null,
    ) {
    }
}
