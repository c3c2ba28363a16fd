<?php

declare(strict_types=1);

namespace OssResumable\Internal;

use FFI;
use FFI\CData;
use OssResumable\Exception\OssResumableException;
use OssResumable\UploadResult;

/** Copies the library's results, and frees them. */
final class Results
{
    /** Throws what a call that failed says. */
    public static function check(int $code, CData $out): void
    {
        try {
            if ($code !== Library::OK) {
                throw self::exception($code, $out);
            }
        } finally {
            Library::ffi()->oss_resumable_result_free($out);
        }
    }

    /** The details of an upload that has ended; throws if it failed. */
    public static function take(int $code, CData $out): UploadResult
    {
        try {
            if ($code !== Library::OK) {
                throw self::exception($code, $out);
            }
            return self::success($out);
        } finally {
            Library::ffi()->oss_resumable_result_free($out);
        }
    }

    private static function exception(int $code, CData $out): OssResumableException
    {
        $ffi = Library::ffi();
        if (FFI::isNull($out)) {
            return OssResumableException::of($code, "the library gave the code $code and no details");
        }
        $offset = $ffi->oss_resumable_result_offset($out);
        return OssResumableException::of($code, $ffi->oss_resumable_result_message($out), [
            'stage' => $ffi->oss_resumable_result_stage($out),
            'partNumber' => $ffi->oss_resumable_result_part_number($out) ?: null,
            'offset' => $offset < 0 ? null : $offset,
            'statusCode' => $ffi->oss_resumable_result_http_status($out) ?: null,
            'errorCode' => $ffi->oss_resumable_result_error_code($out),
            'requestId' => $ffi->oss_resumable_result_request_id($out),
            'hostId' => $ffi->oss_resumable_result_host_id($out),
            'ec' => $ffi->oss_resumable_result_ec($out),
            'errno' => $ffi->oss_resumable_result_os_errno($out) ?: null,
            'reason' => $ffi->oss_resumable_result_reason($out),
            'attempts' => $ffi->oss_resumable_result_attempts($out) ?: null,
            'retryable' => $ffi->oss_resumable_result_retryable($out) !== 0,
            'uploadId' => $ffi->oss_resumable_result_upload_id($out),
            'warnings' => $ffi->oss_resumable_result_warnings($out),
        ]);
    }

    private static function success(CData $out): UploadResult
    {
        $ffi = Library::ffi();
        return new UploadResult(
            etag: $ffi->oss_resumable_result_etag($out),
            versionId: $ffi->oss_resumable_result_version_id($out),
            // PHP has no unsigned numbers; %u reads the bits as one.
            hashCrc64: sprintf('%u', $ffi->oss_resumable_result_crc64($out)),
            requestId: $ffi->oss_resumable_result_request_id($out),
            statusCode: $ffi->oss_resumable_result_http_status($out),
            uploadId: $ffi->oss_resumable_result_upload_id($out),
            resumedBytes: $ffi->oss_resumable_result_resumed_bytes($out),
            partSize: $ffi->oss_resumable_result_part_size($out),
            parts: $ffi->oss_resumable_result_parts($out),
            retries: $ffi->oss_resumable_result_retries($out),
            warnings: $ffi->oss_resumable_result_warnings($out),
            callbackError: $ffi->oss_resumable_result_callback_error($out),
            headers: self::headers($ffi, $out),
            body: self::body($ffi, $out),
        );
    }

    /** @return array<string, string> */
    private static function headers(FFI $ffi, CData $out): array
    {
        $headers = [];
        $name = $ffi->new('const char *');
        $value = $ffi->new('const char *');
        $count = $ffi->oss_resumable_result_header_count($out);
        for ($at = 0; $at < $count; $at++) {
            $ffi->oss_resumable_result_header_at($out, $at, FFI::addr($name), FFI::addr($value));
            $headers[FFI::string($name)] = FFI::string($value);
        }
        return $headers;
    }

    private static function body(FFI $ffi, CData $out): string
    {
        $length = $ffi->new('size_t');
        $body = $ffi->oss_resumable_result_body($out, FFI::addr($length));
        return $length->cdata === 0 ? '' : FFI::string($ffi->cast('char *', $body), $length->cdata);
    }
}
