using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace OssResumable
{
    /// <summary>
    /// What uploads share: endpoint, credentials, connections. Any thread may use it, and several at once. Uploads
    /// that are running when it is disposed of go on to their end.
    /// </summary>
    public sealed class OssResumableClient : IDisposable
    {
        private readonly ClientHandle handle;
        private readonly ClientCallbacks callbacks;

        /// <summary>Makes a client. Sends nothing and starts no thread.</summary>
        /// <exception cref="OssResumableException">A setting that cannot be used, or a library of another version.</exception>
        /// <exception cref="DllNotFoundException">The library is not there.</exception>
        public OssResumableClient(OssResumableConfiguration configuration)
        {
            if (configuration == null)
            {
                throw new ArgumentNullException(nameof(configuration));
            }
            Library.Load();
            callbacks = new ClientCallbacks(configuration.Credentials?.Callback, configuration.LogCallback);
            handle = ClientSettings.Open(configuration, callbacks);
        }

        /// <summary>The version of the library, "MAJOR.MINOR.PATCH".</summary>
        public static string LibraryVersion
        {
            get
            {
                Library.Load();
                return Requests.Version();
            }
        }

        /// <summary>Uploads, and waits for the end. Call it again after a failure to resume.</summary>
        /// <param name="request">What to upload.</param>
        /// <param name="progress">
        /// Told on this thread; what its Report throws cancels the upload and comes out as itself.
        /// (<see cref="Progress{T}"/> only posts from Report: what its handler throws never gets here.)
        /// </param>
        /// <param name="cancellationToken">Cancels. With a checkpoint, what was done is kept for the next run.</param>
        /// <exception cref="OssResumableException">The upload failed.</exception>
        /// <exception cref="OperationCanceledException">The token was the cause of the end.</exception>
        public UploadResult UploadFile(
            UploadRequest request,
            IProgress<UploadProgress> progress = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (request == null)
            {
                throw new ArgumentNullException(nameof(request));
            }
            ThrowIfClosed();
            return UploadRun.Execute(handle, callbacks, request, progress, cancellationToken);
        }

        /// <summary>As <see cref="UploadFile"/>, on a thread of its own, where progress is told too.</summary>
        public async Task<UploadResult> UploadFileAsync(
            UploadRequest request,
            IProgress<UploadProgress> progress = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            // A thread of its own, because it waits in C for as long as the upload takes.
            return await Task.Factory.StartNew(
                () => UploadFile(request, progress, cancellationToken),
                CancellationToken.None,
                TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
                TaskScheduler.Default).ConfigureAwait(false);
        }

        /// <summary>
        /// Gives an unfinished upload up for good: aborts the multipart upload that its checkpoint names and deletes the
        /// checkpoint. Nothing to discard is a success. Blocks.
        /// </summary>
        public void Discard(UploadRequest request)
        {
            if (request == null)
            {
                throw new ArgumentNullException(nameof(request));
            }
            ThrowIfClosed();
            Requests.Discard(handle, callbacks, request);
        }

        /// <summary>
        /// Lists the unfinished multipart uploads of a bucket, whoever began them: with keys that begin with
        /// <paramref name="prefix"/> (null: all), at least <paramref name="minAge"/> old. Blocks.
        /// </summary>
        public IReadOnlyList<UnfinishedUpload> ListUploads(
            string bucketName, string prefix = null, TimeSpan minAge = default(TimeSpan))
        {
            ThrowIfClosed();
            return Requests.List(handle, callbacks, bucketName, prefix, minAge);
        }

        /// <summary>Aborts one unfinished upload. One that is gone already is a success. Blocks.</summary>
        public void AbortUpload(string bucketName, string key, string uploadId)
        {
            ThrowIfClosed();
            Requests.Abort(handle, callbacks, bucketName, key, uploadId);
        }

        /// <summary>
        /// Aborts what <see cref="ListUploads"/> would list, running uploads included, and returns how many. Blocks.
        /// </summary>
        public long AbortUploads(string bucketName, string prefix = null, TimeSpan minAge = default(TimeSpan))
        {
            ThrowIfClosed();
            return Requests.AbortAll(handle, callbacks, bucketName, prefix, minAge);
        }

        /// <summary>
        /// Replaces the credentials, for running uploads too. <paramref name="securityToken"/> null: none. Any thread,
        /// any time.
        /// </summary>
        public void SetCredentials(string accessKeyId, string accessKeySecret, string securityToken = null)
        {
            ThrowIfClosed();
            Requests.SetCredentials(handle, accessKeyId, accessKeySecret, securityToken);
        }

        /// <summary>Bytes per second over all uploads of the client, from 1,024; 0 lifts the limit. Any thread, any time.</summary>
        public void SetBandwidthLimit(long bytesPerSecond)
        {
            ThrowIfClosed();
            Requests.SetBandwidthLimit(handle, bytesPerSecond);
        }

        /// <summary>Frees the client. Twice is harmless. Never blocks.</summary>
        public void Dispose()
        {
            handle.Dispose();
        }

        private void ThrowIfClosed()
        {
            if (handle.IsClosed)
            {
                throw new ObjectDisposedException(nameof(OssResumableClient));
            }
        }
    }
}
