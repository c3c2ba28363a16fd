using System;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace OssResumable
{
    // One upload, from its start to its end, on the thread that waits for it.
    internal sealed class UploadRun
    {
        private readonly UploadHandle upload = new UploadHandle();
        private readonly Action<UploadProgress> callback;
        private readonly IProgress<UploadProgress> progress;
        private ExceptionDispatchInfo thrown;

        private UploadRun(UploadRequest request, IProgress<UploadProgress> progress)
        {
            callback = request.OnProgress;
            this.progress = progress;
        }

        internal static UploadResult Execute(
            ClientHandle client,
            ClientCallbacks callbacks,
            UploadRequest request,
            IProgress<UploadProgress> progress,
            CancellationToken token)
        {
            token.ThrowIfCancellationRequested();
            var run = new UploadRun(request, progress);
            GCHandle self = GCHandle.Alloc(run);
            try
            {
                using (HandleLease lease = client.Lease())
                using (run.upload)
                {
                    run.Start(lease.Pointer, request, GCHandle.ToIntPtr(self));
                    return run.Wait(callbacks, token);
                }
            }
            finally
            {
                self.Free();
            }
        }

        // Called by C, on the thread inside Wait. False cancels.
        internal bool Report(long consumed, long total)
        {
            if (thrown != null)
            {
                return false;
            }
            try
            {
                var look = new oss_resumable_progress_t { struct_size = Size<oss_resumable_progress_t>() };
                NativeMethods.oss_resumable_upload_progress(upload.DangerousGetHandle(), ref look);
                var now = new UploadProgress(consumed, total, look);
                callback?.Invoke(now);
                progress?.Report(now);
                return true;
            }
            catch (Exception exception)
            {
                thrown = ExceptionDispatchInfo.Capture(exception);
                return false;
            }
        }

        private void Start(IntPtr client, UploadRequest request, IntPtr self)
        {
            using (var text = new NativeText())
            {
                var native = new oss_resumable_params_t
                {
                    struct_size = Size<oss_resumable_params_t>(),
                    thread_num = request.ParallelThreadCount,
                    part_size = request.PartSize,
                    enable_checkpoint = request.EnableCheckpoint ? 1 : 0,
                    checkpoint_path = text.Add("checkpoint_path", request.CheckpointPath),
                    headers = text.Add("headers", request.Headers),
                    headers_len = (UIntPtr)request.Headers.Count,
                    source = Source(text, request.Content),
                    callback = Callback(text, request.Callback),
                    verify_on_resume = (int)request.VerifyOnResume,
                    resume_by_content = request.ResumeByContent ? 1 : 0,
                };
                if (callback != null || progress != null)
                {
                    native.progress_callback = Callbacks.Progress;
                    native.userdata = self;
                }
                IntPtr started, result;
                int code = NativeMethods.oss_resumable_upload_start(
                    client,
                    text.Add("bucket", request.BucketName),
                    text.Add("object", request.Key),
                    text.Add("filepath", request.UploadFile),
                    ref native,
                    out started,
                    out result);
                upload.Take(started);
                Failure.ThrowUnlessOk(code, result, null);
            }
        }

        private UploadResult Wait(ClientCallbacks callbacks, CancellationToken token)
        {
            IntPtr handle = upload.DangerousGetHandle();
            // Leaving the block waits for a cancel that is under way, so it never meets a freed upload.
            using (token.Register(() => NativeMethods.oss_resumable_upload_cancel(handle)))
            {
                NativeMethods.oss_resumable_upload_wait(handle, -1);
            }
            if (thrown != null)
            {
                thrown.Throw();
            }
            IntPtr pointer;
            int code = NativeMethods.oss_resumable_upload_result(handle, out pointer);
            using (var result = new ResultHandle())
            {
                result.Take(pointer);
                if (code == 0)
                {
                    return new UploadResult(pointer);
                }
                OssResumableException failure = Failure.Read(code, pointer, callbacks);
                if (failure.Code == OssResumableCode.Canceled && token.IsCancellationRequested)
                {
                    throw new OperationCanceledException(failure.Message, failure, token);
                }
                throw failure;
            }
        }

        private static IntPtr Source(NativeText text, byte[] content)
        {
            if (content == null)
            {
                return IntPtr.Zero;
            }
            return text.Add(new oss_resumable_source_t
            {
                struct_size = Size<oss_resumable_source_t>(),
                kind = 2,
                data = text.Add(content),
                data_len = (UIntPtr)content.Length,
            });
        }

        private static IntPtr Callback(NativeText text, UploadCallback callback)
        {
            if (callback == null)
            {
                return IntPtr.Zero;
            }
            return text.Add(new oss_resumable_callback_t
            {
                struct_size = Size<oss_resumable_callback_t>(),
                sni = callback.Sni ? 1 : 0,
                url = text.Add("url", callback.Url),
                host = text.Add("host", callback.Host),
                body = text.Add("body", callback.Body),
                body_type = text.Add("body_type", callback.BodyType),
                variables = text.Add("variables", callback.Variables),
                variables_len = (UIntPtr)callback.Variables.Count,
            });
        }

        private static uint Size<T>()
        {
            return (uint)Marshal.SizeOf(typeof(T));
        }
    }
}
