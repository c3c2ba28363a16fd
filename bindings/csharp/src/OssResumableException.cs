using System;

namespace OssResumable
{
    /// <summary>
    /// Any failure of the library. A cancel by a token is an OperationCanceledException instead, with this as its
    /// InnerException.
    /// </summary>
    public sealed class OssResumableException : Exception
    {
        internal OssResumableException(OssResumableCode code, string message) : base(message)
        {
            Code = code;
            Offset = -1;
        }

        internal OssResumableException(OssResumableCode code, IntPtr result, Exception inner)
            : base(NativeText.Read(NativeMethods.oss_resumable_result_message(result)), inner)
        {
            Code = code;
            Stage = NativeText.Read(NativeMethods.oss_resumable_result_stage(result));
            PartNumber = NativeMethods.oss_resumable_result_part_number(result);
            Offset = NativeMethods.oss_resumable_result_offset(result);
            HttpStatusCode = NativeMethods.oss_resumable_result_http_status(result);
            ErrorCode = NativeText.Read(NativeMethods.oss_resumable_result_error_code(result));
            RequestId = NativeText.Read(NativeMethods.oss_resumable_result_request_id(result));
            HostId = NativeText.Read(NativeMethods.oss_resumable_result_host_id(result));
            EC = NativeText.Read(NativeMethods.oss_resumable_result_ec(result));
            OsError = NativeMethods.oss_resumable_result_os_errno(result);
            Reason = NativeText.Read(NativeMethods.oss_resumable_result_reason(result));
            Attempts = NativeMethods.oss_resumable_result_attempts(result);
            IsRetryable = NativeMethods.oss_resumable_result_retryable(result) != 0;
            UploadId = NativeText.Read(NativeMethods.oss_resumable_result_upload_id(result));
            ResumedBytes = NativeMethods.oss_resumable_result_resumed_bytes(result);
            Retries = NativeMethods.oss_resumable_result_retries(result);
            Warnings = (UploadWarnings)NativeMethods.oss_resumable_result_warnings(result);
        }

        /// <summary>What kind of failure.</summary>
        public OssResumableCode Code { get; }

        /// <summary>What the upload was busy with: "prepare", "resume", "initiate", "upload", "complete" and so on.</summary>
        public string Stage { get; }

        /// <summary>The part that failed, from 1; 0 when no single part is concerned.</summary>
        public int PartNumber { get; }

        /// <summary>Where in the file it failed, in bytes; -1 when no place is concerned.</summary>
        public long Offset { get; }

        /// <summary>The HTTP status of the answer that decided; 0 when there was none.</summary>
        public int HttpStatusCode { get; }

        /// <summary>OSS's error code, such as <c>NoSuchBucket</c>; null when OSS reported none.</summary>
        public string ErrorCode { get; }

        /// <summary>OSS's id of the deciding request, for its support; null when there was no answer.</summary>
        public string RequestId { get; }

        /// <summary>The host that refused; null when OSS named none.</summary>
        public string HostId { get; }

        /// <summary>OSS's finer error code, such as <c>0002-00000504</c>; null when there was none.</summary>
        public string EC { get; }

        /// <summary>errno (Windows: the system's error code) behind the failure; 0 when there is none.</summary>
        public int OsError { get; }

        /// <summary>Why there was no usable answer, such as "dns" or "connect_timeout"; null for other failures.</summary>
        public string Reason { get; }

        /// <summary>How often the request that failed was tried; 0 when no request is concerned.</summary>
        public int Attempts { get; }

        /// <summary>True when the cause may pass, so that the same call, unchanged, may succeed later.</summary>
        public bool IsRetryable { get; }

        /// <summary>The multipart upload id; null when there was none.</summary>
        public string UploadId { get; }

        /// <summary>Bytes that were taken over from an earlier run.</summary>
        public long ResumedBytes { get; }

        /// <summary>Attempts that had to be made again.</summary>
        public int Retries { get; }

        /// <summary>Things worth knowing, such as an upload that may be left on the server.</summary>
        public UploadWarnings Warnings { get; }
    }
}
