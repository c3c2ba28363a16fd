<?php

declare(strict_types=1);

namespace OssResumable;

/** A look at a running upload. Sizes are in bytes. */
final class Progress
{
    /**
     * @param int $stage one of Stage.
     * @param int $consumedBytes sent so far, those of earlier runs included; never goes back.
     * @param int $totalBytes 0 until the file has been opened.
     * @param int $resumedBytes taken over from an earlier run, not sent again.
     */
    public function __construct(
        public int $stage,
        public int $consumedBytes,
        public int $totalBytes,
        public int $resumedBytes,
        public int $partsDone,
        public int $partsTotal,
        public int $retries,
    ) {
    }
}
