using System;
using System.Collections.Generic;

namespace OssResumable
{
    /// <summary>
    /// What to upload, and how. What is null, zero or false is the library's default. It is copied when an upload
    /// starts; a value outside its range is refused then.
    /// </summary>
    public sealed class UploadRequest
    {
        /// <summary>Lets the library choose, for <see cref="PartSize"/> and <see cref="ParallelThreadCount"/>.</summary>
        public const int Auto = -1;

        /// <summary>Uploads a file. Two uploads of one file at once need two checkpoint paths, or none.</summary>
        public UploadRequest(string bucketName, string key, string uploadFile)
        {
            BucketName = bucketName;
            Key = key;
            UploadFile = uploadFile;
        }

        /// <summary>Uploads bytes, which are copied when the upload starts. Resumable with a checkpoint path.</summary>
        public UploadRequest(string bucketName, string key, byte[] content)
        {
            BucketName = bucketName;
            Key = key;
            Content = content;
        }

        /// <summary>The bucket.</summary>
        public string BucketName { get; set; }

        /// <summary>The object's key, 1 to 1,023 bytes of UTF-8.</summary>
        public string Key { get; set; }

        /// <summary>The path of a regular file.</summary>
        public string UploadFile { get; set; }

        /// <summary>The bytes to upload instead of a file.</summary>
        public byte[] Content { get; set; }

        /// <summary>
        /// Bytes, 102,400 to 5,368,709,120, or <see cref="Auto"/>. 0: 102,400. A size that would give more than 10,000
        /// parts is raised, and a warning says so.
        /// </summary>
        public long PartSize { get; set; }

        /// <summary>Parts in flight, 1 to 1,024, or <see cref="Auto"/>. 0: 1. Not a number of threads.</summary>
        public int ParallelThreadCount { get; set; }

        /// <summary>True: keep a checkpoint, and resume from it.</summary>
        public bool EnableCheckpoint { get; set; }

        /// <summary>
        /// A file, or an existing directory in which a name is derived. Null: the uploaded file's path with
        /// <c>.ucp</c>. Only read with <see cref="EnableCheckpoint"/>.
        /// </summary>
        public string CheckpointPath { get; set; }

        /// <summary>Which finished parts are read again before an upload goes on.</summary>
        public VerifyOnResume VerifyOnResume { get; set; }

        /// <summary>True: size and content decide whether a checkpoint belongs to this file, not path and times.</summary>
        public bool ResumeByContent { get; set; }

        /// <summary>Headers of the object, such as <c>Content-Type</c> or <c>x-oss-meta-author</c>; at most 256.</summary>
        public IDictionary<string, string> Headers { get; } = new Dictionary<string, string>();

        /// <summary>Whom OSS calls back when the object is stored. Null: nobody.</summary>
        public UploadCallback Callback { get; set; }

        /// <summary>
        /// Told of progress, at most ten times a second, on the thread that waits: the caller's, or with the async
        /// method a thread of its own. What it throws cancels the upload and comes out of the upload as itself.
        /// </summary>
        public Action<UploadProgress> OnProgress { get; set; }
    }

    /// <summary>Whom OSS calls back when the object is stored. Plain text: the library encodes it.</summary>
    public sealed class UploadCallback
    {
        /// <summary>One to five addresses, separated by ';', tried in turn. Required.</summary>
        public string Url { get; set; }

        /// <summary>The Host header of OSS's request. Null: from the URL.</summary>
        public string Host { get; set; }

        /// <summary>What OSS sends, with variables such as <c>${object}</c> or <c>${x:name}</c>. Required.</summary>
        public string Body { get; set; }

        /// <summary>Null: <c>application/x-www-form-urlencoded</c>; or <c>application/json</c>.</summary>
        public string BodyType { get; set; }

        /// <summary>True: name the host in the TLS handshake of OSS's request.</summary>
        public bool Sni { get; set; }

        /// <summary>Your own variables. Their names begin with <c>x:</c> and are in lower case.</summary>
        public IDictionary<string, string> Variables { get; } = new Dictionary<string, string>();
    }
}
