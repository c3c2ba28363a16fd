using System;
using System.Runtime.InteropServices;

namespace OssResumable
{
    // What a call uses cannot be freed before the call is over: a lease holds it.
    internal abstract class NativeHandle : SafeHandle
    {
        protected NativeHandle() : base(IntPtr.Zero, true)
        {
        }

        public override bool IsInvalid
        {
            get { return handle == IntPtr.Zero; }
        }

        internal void Take(IntPtr value)
        {
            SetHandle(value);
        }

        // Throws ObjectDisposedException when the handle is closed.
        internal HandleLease Lease()
        {
            bool added = false;
            DangerousAddRef(ref added);
            return new HandleLease(this);
        }
    }

    internal struct HandleLease : IDisposable
    {
        private readonly NativeHandle owner;

        internal HandleLease(NativeHandle owner)
        {
            this.owner = owner;
        }

        internal IntPtr Pointer
        {
            get { return owner.DangerousGetHandle(); }
        }

        public void Dispose()
        {
            owner.DangerousRelease();
        }
    }

    // Finalizers call the three functions below, none of which blocks.
    internal sealed class ClientHandle : NativeHandle
    {
        // The token of the client's callbacks. They run inside calls only, each of which holds a lease.
        private GCHandle callbacks;

        internal void Keep(GCHandle token)
        {
            callbacks = token;
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.oss_resumable_client_free(handle);
            if (callbacks.IsAllocated)
            {
                callbacks.Free();
            }
            return true;
        }
    }

    internal sealed class UploadHandle : NativeHandle
    {
        protected override bool ReleaseHandle()
        {
            NativeMethods.oss_resumable_upload_free(handle);
            return true;
        }
    }

    internal sealed class ResultHandle : NativeHandle
    {
        protected override bool ReleaseHandle()
        {
            NativeMethods.oss_resumable_result_free(handle);
            return true;
        }
    }

    internal sealed class UploadListHandle : NativeHandle
    {
        protected override bool ReleaseHandle()
        {
            NativeMethods.oss_resumable_upload_list_free(handle);
            return true;
        }
    }
}
