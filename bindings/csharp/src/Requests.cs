using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;

namespace OssResumable
{
    // The calls that are not uploads.
    internal static class Requests
    {
        // Not inlined, because Library.Load() has to come first: see NativeMethods.
        [MethodImpl(MethodImplOptions.NoInlining)]
        internal static string Version()
        {
            return NativeText.Read(NativeMethods.oss_resumable_version());
        }

        internal static void Discard(ClientHandle client, ClientCallbacks callbacks, UploadRequest request)
        {
            using (HandleLease lease = client.Lease())
            using (var text = new NativeText())
            {
                IntPtr result;
                int code = NativeMethods.oss_resumable_discard(
                    lease.Pointer,
                    text.Add("bucket", request.BucketName),
                    text.Add("object", request.Key),
                    text.Add("filepath", request.UploadFile),
                    text.Add("checkpoint_path", request.CheckpointPath),
                    out result);
                Failure.ThrowUnlessOk(code, result, callbacks);
            }
        }

        internal static List<UnfinishedUpload> List(
            ClientHandle client, ClientCallbacks callbacks, string bucket, string prefix, TimeSpan minAge)
        {
            using (HandleLease lease = client.Lease())
            using (var text = new NativeText())
            using (var list = new UploadListHandle())
            {
                IntPtr pointer, result;
                int code = NativeMethods.oss_resumable_list_uploads(
                    lease.Pointer,
                    text.Add("bucket", bucket),
                    text.Add("prefix", prefix),
                    Seconds(minAge),
                    out pointer,
                    out result);
                list.Take(pointer);
                Failure.ThrowUnlessOk(code, result, callbacks);
                return Read(pointer);
            }
        }

        internal static void Abort(
            ClientHandle client, ClientCallbacks callbacks, string bucket, string key, string uploadId)
        {
            using (HandleLease lease = client.Lease())
            using (var text = new NativeText())
            {
                IntPtr result;
                int code = NativeMethods.oss_resumable_abort_upload(
                    lease.Pointer,
                    text.Add("bucket", bucket),
                    text.Add("object", key),
                    text.Add("upload_id", uploadId),
                    out result);
                Failure.ThrowUnlessOk(code, result, callbacks);
            }
        }

        internal static long AbortAll(
            ClientHandle client, ClientCallbacks callbacks, string bucket, string prefix, TimeSpan minAge)
        {
            using (HandleLease lease = client.Lease())
            using (var text = new NativeText())
            {
                long aborted;
                IntPtr result;
                int code = NativeMethods.oss_resumable_abort_uploads(
                    lease.Pointer,
                    text.Add("bucket", bucket),
                    text.Add("prefix", prefix),
                    Seconds(minAge),
                    out aborted,
                    out result);
                Failure.ThrowUnlessOk(code, result, callbacks);
                return aborted;
            }
        }

        internal static void SetCredentials(ClientHandle client, string id, string secret, string token)
        {
            using (HandleLease lease = client.Lease())
            using (var text = new NativeText())
            {
                int code = NativeMethods.oss_resumable_client_set_credentials(
                    lease.Pointer,
                    text.Add("access_key_id", id),
                    text.Add("access_key_secret", secret),
                    text.Add("sts_token", token));
                if (code != 0)
                {
                    throw new OssResumableException(
                        (OssResumableCode)code,
                        "credentials: id and secret are required, and all three are visible ASCII");
                }
            }
        }

        internal static void SetBandwidthLimit(ClientHandle client, long bytesPerSecond)
        {
            using (HandleLease lease = client.Lease())
            {
                int code = NativeMethods.oss_resumable_client_set_bandwidth_limit(lease.Pointer, bytesPerSecond);
                if (code != 0)
                {
                    throw new OssResumableException(
                        (OssResumableCode)code, "bandwidth_limit: " + bytesPerSecond + " cannot be used");
                }
            }
        }

        private static List<UnfinishedUpload> Read(IntPtr list)
        {
            var uploads = new List<UnfinishedUpload>();
            IntPtr key, uploadId;
            long initiated;
            for (ulong at = 0;
                NativeMethods.oss_resumable_upload_list_at(list, (UIntPtr)at, out key, out uploadId, out initiated) != 0;
                at++)
            {
                uploads.Add(new UnfinishedUpload(NativeText.Read(key), NativeText.Read(uploadId), initiated));
            }
            return uploads;
        }

        // Rounded up, so that nothing younger than was asked for is taken.
        private static long Seconds(TimeSpan age)
        {
            return (long)Math.Ceiling(age.TotalSeconds);
        }
    }
}
