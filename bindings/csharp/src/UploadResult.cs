using System;
using System.Collections.Generic;
using System.Text;

namespace OssResumable
{
    /// <summary>What is known about an object that was stored.</summary>
    public sealed class UploadResult
    {
        internal UploadResult(IntPtr result)
        {
            ETag = NativeText.Read(NativeMethods.oss_resumable_result_etag(result));
            VersionId = NativeText.Read(NativeMethods.oss_resumable_result_version_id(result));
            UploadId = NativeText.Read(NativeMethods.oss_resumable_result_upload_id(result));
            RequestId = NativeText.Read(NativeMethods.oss_resumable_result_request_id(result));
            CallbackError = NativeText.Read(NativeMethods.oss_resumable_result_callback_error(result));
            HttpStatusCode = NativeMethods.oss_resumable_result_http_status(result);
            Crc64 = NativeMethods.oss_resumable_result_crc64(result);
            ResumedBytes = NativeMethods.oss_resumable_result_resumed_bytes(result);
            PartSize = NativeMethods.oss_resumable_result_part_size(result);
            PartCount = NativeMethods.oss_resumable_result_parts(result);
            Retries = NativeMethods.oss_resumable_result_retries(result);
            Warnings = (UploadWarnings)NativeMethods.oss_resumable_result_warnings(result);
            ResponseHeaders = ReadHeaders(result);
            UIntPtr length;
            IntPtr body = NativeMethods.oss_resumable_result_body(result, out length);
            ResponseBody = NativeText.ReadBytes(body, (int)length);
        }

        /// <summary>The object's ETag without quotes; not an MD5 after a multipart upload.</summary>
        public string ETag { get; }

        /// <summary>The object's version id; null without versioning.</summary>
        public string VersionId { get; }

        /// <summary>The multipart upload id; null after one PutObject.</summary>
        public string UploadId { get; }

        /// <summary>OSS's id of the request that committed the object, for its support.</summary>
        public string RequestId { get; }

        /// <summary>The HTTP status of the answer that decided; 203 when the upload callback failed.</summary>
        public int HttpStatusCode { get; }

        /// <summary>CRC-64 (ECMA-182) of the file, equal to the object's.</summary>
        public ulong Crc64 { get; }

        /// <summary>Bytes taken over from an earlier run and not sent again.</summary>
        public long ResumedBytes { get; }

        /// <summary>The part size used, in bytes.</summary>
        public long PartSize { get; }

        /// <summary>The number of parts; 1 for one PutObject.</summary>
        public int PartCount { get; }

        /// <summary>Attempts that had to be made again.</summary>
        public int Retries { get; }

        /// <summary>Things worth knowing that do not change the outcome.</summary>
        public UploadWarnings Warnings { get; }

        /// <summary>Why the upload callback failed although the object is stored; null when it did not.</summary>
        public string CallbackError { get; }

        /// <summary>The headers of OSS's answer, by name in any case; several of one name are joined by ", ".</summary>
        public IReadOnlyDictionary<string, string> ResponseHeaders { get; }

        /// <summary>The body of OSS's answer: with an upload callback, what its receiver answered. Never null.</summary>
        public byte[] ResponseBody { get; }

        /// <summary>The body as UTF-8 text.</summary>
        public string ResponseText
        {
            get { return Encoding.UTF8.GetString(ResponseBody); }
        }

        private static Dictionary<string, string> ReadHeaders(IntPtr result)
        {
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            IntPtr name, value;
            for (ulong at = 0;
                NativeMethods.oss_resumable_result_header_at(result, (UIntPtr)at, out name, out value) != 0;
                at++)
            {
                string key = NativeText.Read(name);
                string earlier;
                headers[key] = headers.TryGetValue(key, out earlier)
                    ? earlier + ", " + NativeText.Read(value)
                    : NativeText.Read(value);
            }
            return headers;
        }
    }

    /// <summary>A multipart upload that nobody finished; its parts are paid for until it is aborted.</summary>
    public sealed class UnfinishedUpload
    {
        internal UnfinishedUpload(string key, string uploadId, long initiated)
        {
            Key = key;
            UploadId = uploadId;
            Initiated = DateTimeOffset.FromUnixTimeSeconds(initiated);
        }

        /// <summary>The object's key.</summary>
        public string Key { get; }

        /// <summary>The multipart upload id.</summary>
        public string UploadId { get; }

        /// <summary>When it was begun, by OSS's clock.</summary>
        public DateTimeOffset Initiated { get; }
    }
}
