<?php

declare(strict_types=1);

namespace OssResumable;

/** Bits of UploadResult::$warnings: worth knowing, without changing the outcome. */
final class Warn
{
    /** The checkpoint could not be written; the upload went on, but could not have been resumed. */
    public const RESUMABILITY_LOST = 1;
    /** The object is stored, but the upload callback of OSS failed (HTTP 203). */
    public const CALLBACK_FAILED = 2;
    /** The upload id was gone on the server; everything was sent again under a new one. */
    public const RESTARTED = 4;
    /** The part size was raised so that the file fits into 10,000 parts. */
    public const PART_SIZE_RAISED = 8;
    /** The checkpoint could not be deleted; it was emptied. */
    public const CHECKPOINT_LEFT = 16;
    /** An unfinished multipart upload may be left on the server. */
    public const UPLOAD_LEFT = 32;
    /** The object is stored, but what the callback's receiver answered was lost. */
    public const CALLBACK_REPLY_LOST = 64;
}
