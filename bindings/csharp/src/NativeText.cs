using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

namespace OssResumable
{
    // Memory for the length of one call. It is zeroed before it is freed, because secrets are in it.
    internal sealed class NativeText : IDisposable
    {
        private static readonly Encoding Strict = new UTF8Encoding(false, true);

        private readonly List<KeyValuePair<IntPtr, int>> blocks = new List<KeyValuePair<IntPtr, int>>();

        // UTF-8 with a NUL; null stays NULL. `name` is the field's, for the message of a refusal.
        internal IntPtr Add(string name, string text)
        {
            if (text == null)
            {
                return IntPtr.Zero;
            }
            if (text.IndexOf('\0') >= 0)
            {
                throw new OssResumableException(OssResumableCode.InvalidArgument, name + ": has a NUL in it");
            }
            byte[] bytes;
            try
            {
                bytes = Strict.GetBytes(text);
            }
            catch (EncoderFallbackException)
            {
                throw new OssResumableException(
                    OssResumableCode.InvalidArgument, name + ": half a surrogate pair cannot be written in UTF-8");
            }
            IntPtr block = Allocate(bytes.Length + 1);
            Marshal.Copy(bytes, 0, block, bytes.Length);
            Array.Clear(bytes, 0, bytes.Length);
            return block;
        }

        internal IntPtr Add(byte[] bytes)
        {
            if (bytes == null)
            {
                return IntPtr.Zero;
            }
            IntPtr block = Allocate(bytes.Length + 1);
            Marshal.Copy(bytes, 0, block, bytes.Length);
            return block;
        }

        // A struct, written where C can point to it.
        internal IntPtr Add<T>(T value) where T : struct
        {
            IntPtr block = Allocate(Marshal.SizeOf(typeof(T)));
            Marshal.StructureToPtr(value, block, false);
            return block;
        }

        internal IntPtr Add(string name, ICollection<KeyValuePair<string, string>> pairs)
        {
            if (pairs == null || pairs.Count == 0)
            {
                return IntPtr.Zero;
            }
            int size = Marshal.SizeOf(typeof(oss_resumable_header_t));
            IntPtr block = Allocate(size * pairs.Count);
            int at = 0;
            foreach (KeyValuePair<string, string> pair in pairs)
            {
                var header = new oss_resumable_header_t
                {
                    name = Add(name, pair.Key),
                    value = Add(name, pair.Value),
                };
                Marshal.StructureToPtr(header, IntPtr.Add(block, size * at), false);
                at++;
            }
            return block;
        }

        private IntPtr Allocate(int size)
        {
            IntPtr block = Marshal.AllocHGlobal(size);
            blocks.Add(new KeyValuePair<IntPtr, int>(block, size));
            Zero(block, size);
            return block;
        }

        private static void Zero(IntPtr block, int size)
        {
            var zeros = new byte[Math.Min(size, 65536)];
            for (int at = 0; at < size; at += zeros.Length)
            {
                Marshal.Copy(zeros, 0, IntPtr.Add(block, at), Math.Min(zeros.Length, size - at));
            }
        }

        public void Dispose()
        {
            foreach (KeyValuePair<IntPtr, int> block in blocks)
            {
                Zero(block.Key, block.Value);
                Marshal.FreeHGlobal(block.Key);
            }
            blocks.Clear();
        }

        internal static byte[] ReadBytes(IntPtr text, int length)
        {
            var bytes = new byte[length];
            if (length > 0)
            {
                Marshal.Copy(text, bytes, 0, length);
            }
            return bytes;
        }

        // What is no UTF-8, such as a header of a strange server, is replaced, never an error.
        internal static string Read(IntPtr text)
        {
            if (text == IntPtr.Zero)
            {
                return null;
            }
            int length = 0;
            while (Marshal.ReadByte(text, length) != 0)
            {
                length++;
            }
            return Encoding.UTF8.GetString(ReadBytes(text, length));
        }
    }
}
