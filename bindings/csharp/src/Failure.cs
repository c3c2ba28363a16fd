using System;

namespace OssResumable
{
    // From a code and a result to an exception.
    internal static class Failure
    {
        // Takes the result, which may be NULL.
        internal static void ThrowUnlessOk(int code, IntPtr pointer, ClientCallbacks callbacks)
        {
            using (var result = new ResultHandle())
            {
                result.Take(pointer);
                if (code != 0)
                {
                    throw Read(code, pointer, callbacks);
                }
            }
        }

        internal static OssResumableException Read(int code, IntPtr result, ClientCallbacks callbacks)
        {
            var kind = (OssResumableCode)code;
            if (result == IntPtr.Zero)
            {
                return new OssResumableException(kind, "the library answered " + kind);
            }
            Exception inner = kind == OssResumableCode.Credentials && callbacks != null
                ? callbacks.CredentialsError
                : null;
            return new OssResumableException(kind, result, inner);
        }
    }
}
