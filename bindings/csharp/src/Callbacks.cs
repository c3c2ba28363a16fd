using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OssResumable
{
    // What C calls. Userdata is the token of a GCHandle, never an address; nothing may be thrown through C.
    internal static class Callbacks
    {
#if NET8_0_OR_GREATER
        internal static unsafe readonly IntPtr Progress =
            (IntPtr)(delegate* unmanaged[Cdecl]<long, long, IntPtr, int>)&OnProgress;

        internal static unsafe readonly IntPtr Credentials =
            (IntPtr)(delegate* unmanaged[Cdecl]<IntPtr, IntPtr, int>)&OnCredentials;

        internal static unsafe readonly IntPtr Log =
            (IntPtr)(delegate* unmanaged[Cdecl]<int, IntPtr, IntPtr, void>)&OnLog;
#else
        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int ProgressFunction(long consumed, long total, IntPtr userdata);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int CredentialsFunction(IntPtr answer, IntPtr userdata);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate void LogFunction(int level, IntPtr line, IntPtr userdata);

        // Static fields, so that no collection takes the delegates away from C.
        private static readonly ProgressFunction ProgressKept = OnProgress;
        private static readonly CredentialsFunction CredentialsKept = OnCredentials;
        private static readonly LogFunction LogKept = OnLog;

        internal static readonly IntPtr Progress = Marshal.GetFunctionPointerForDelegate(ProgressKept);
        internal static readonly IntPtr Credentials = Marshal.GetFunctionPointerForDelegate(CredentialsKept);
        internal static readonly IntPtr Log = Marshal.GetFunctionPointerForDelegate(LogKept);
#endif

#if NET8_0_OR_GREATER
        [UnmanagedCallersOnly(CallConvs = new[] { typeof(CallConvCdecl) })]
#endif
        private static int OnProgress(long consumed, long total, IntPtr userdata)
        {
            return ((UploadRun)GCHandle.FromIntPtr(userdata).Target).Report(consumed, total) ? 0 : 1;
        }

#if NET8_0_OR_GREATER
        [UnmanagedCallersOnly(CallConvs = new[] { typeof(CallConvCdecl) })]
#endif
        private static int OnCredentials(IntPtr answer, IntPtr userdata)
        {
            return ((ClientCallbacks)GCHandle.FromIntPtr(userdata).Target).Answer(answer) ? 0 : 1;
        }

#if NET8_0_OR_GREATER
        [UnmanagedCallersOnly(CallConvs = new[] { typeof(CallConvCdecl) })]
#endif
        private static void OnLog(int level, IntPtr line, IntPtr userdata)
        {
            ((ClientCallbacks)GCHandle.FromIntPtr(userdata).Target).Log(level, line);
        }
    }

    // The callbacks of one client.
    internal sealed class ClientCallbacks
    {
        private readonly Func<OssCredentials> credentials;
        private readonly Action<LogLevel, string> log;

        internal ClientCallbacks(Func<OssCredentials> credentials, Action<LogLevel, string> log)
        {
            this.credentials = credentials;
            this.log = log;
        }

        // Why there were no credentials when they were last asked for; null when there were.
        internal Exception CredentialsError { get; private set; }

        internal bool Answer(IntPtr answer)
        {
            try
            {
                OssCredentials given = credentials();
                if (given == null)
                {
                    throw new InvalidOperationException("the credentials callback returned null");
                }
                using (var text = new NativeText())
                {
                    int code = NativeMethods.oss_resumable_credentials_answer(
                        answer,
                        text.Add("access_key_id", given.AccessKeyId),
                        text.Add("access_key_secret", given.AccessKeySecret),
                        text.Add("sts_token", given.SecurityToken),
                        given.Expiration.HasValue ? given.Expiration.Value.ToUnixTimeSeconds() : 0);
                    if (code != 0)
                    {
                        throw new InvalidOperationException("the credentials callback returned none that can be used");
                    }
                }
                CredentialsError = null;
                return true;
            }
            catch (Exception thrown)
            {
                CredentialsError = thrown;
                return false;
            }
        }

        internal void Log(int level, IntPtr line)
        {
            try
            {
                log((LogLevel)level, NativeText.Read(line));
            }
            catch (Exception)
            {
                // A log that cannot be written must not end an upload.
            }
        }
    }
}
