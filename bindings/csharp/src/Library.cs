using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OssResumable
{
    // Finds liboss_resumable: OSS_RESUMABLE_LIBRARY, the copy packed beside this assembly, the system's loader.
    internal static class Library
    {
        // What this binding was made for; another major or minor version is refused.
        internal const int Major = 0;
        internal const int Minor = 1;

        private static readonly object Gate = new object();
        private static volatile bool loaded;

        internal static void Load()
        {
            if (loaded)
            {
                return;
            }
            lock (Gate)
            {
                if (!loaded)
                {
                    Prepare(Find());
                    CheckVersion();
                    loaded = true;
                }
            }
        }

        // The path to load, or null: the system's loader looks for it.
        private static string Find()
        {
            string path = Environment.GetEnvironmentVariable("OSS_RESUMABLE_LIBRARY");
            if (!string.IsNullOrEmpty(path))
            {
                if (!File.Exists(path))
                {
                    throw new DllNotFoundException("OSS_RESUMABLE_LIBRARY names a file that is not there: " + path);
                }
                return Path.GetFullPath(path);
            }
            string location = typeof(Library).Assembly.Location;
            string directory = string.IsNullOrEmpty(location)
                ? AppDomain.CurrentDomain.BaseDirectory
                : Path.GetDirectoryName(location);
            string packed = Path.Combine("runtimes", RuntimeId(), "native", FileName());
            string[] candidates =
            {
                Path.Combine(directory, packed),
                Path.Combine(directory, FileName()),
                // A package as it was unpacked: this assembly is in lib/netstandard2.0.
                Path.Combine(directory, "..", "..", packed),
            };
            foreach (string candidate in candidates)
            {
                if (File.Exists(candidate))
                {
                    return Path.GetFullPath(candidate);
                }
            }
            return null;
        }

        private static string RuntimeId()
        {
            string system = IsWindows() ? "win" : IsMac() ? "osx" : "linux";
            return system + "-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        }

        private static string FileName()
        {
            return IsWindows() ? "oss_resumable.dll" : IsMac() ? "liboss_resumable.dylib" : "liboss_resumable.so";
        }

        private static bool IsWindows()
        {
            return RuntimeInformation.IsOSPlatform(OSPlatform.Windows);
        }

        private static bool IsMac()
        {
            return RuntimeInformation.IsOSPlatform(OSPlatform.OSX);
        }

#if NET8_0_OR_GREATER
        private static string resolvedPath;

        private static void Prepare(string path)
        {
            if (path == null || resolvedPath != null)
            {
                return;
            }
            resolvedPath = path;
            NativeLibrary.SetDllImportResolver(
                typeof(Library).Assembly,
                (name, assembly, search) =>
                    name == NativeMethods.LibraryName ? NativeLibrary.Load(resolvedPath) : IntPtr.Zero);
        }
#else
        // What is loaded here by path is what DllImport finds afterwards: on Mono by its map of library names,
        // because a library without SONAME is not found again by name; on Windows by the module's name. An
        // older .NET on Linux or macOS finds the packed copy by the deps.json of the program.
        private static void Prepare(string path)
        {
            if (path == null)
            {
                return;
            }
            if (Type.GetType("Mono.Runtime") != null)
            {
                mono_dllmap_insert(IntPtr.Zero, Utf8(NativeMethods.LibraryName), IntPtr.Zero, Utf8(path), IntPtr.Zero);
            }
            else if (IsWindows() && LoadLibraryW(path) == IntPtr.Zero)
            {
                throw new DllNotFoundException("cannot load " + path);
            }
        }

        private static byte[] Utf8(string text)
        {
            return System.Text.Encoding.UTF8.GetBytes(text + "\0");
        }

        [DllImport("__Internal", CallingConvention = CallingConvention.Cdecl)]
        private static extern void mono_dllmap_insert(
            IntPtr assembly, byte[] library, IntPtr function, byte[] target, IntPtr targetFunction);

        [DllImport("kernel32", CharSet = CharSet.Unicode, ExactSpelling = true)]
        private static extern IntPtr LoadLibraryW(string path);
#endif

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void CheckVersion()
        {
            int number = NativeMethods.oss_resumable_version_number();
            if (number / 10000 != Major || number / 100 % 100 != Minor)
            {
                string found = NativeText.Read(NativeMethods.oss_resumable_version());
                throw new OssResumableException(
                    OssResumableCode.State,
                    "liboss_resumable is of version " + found + ", but this package was made for " + Major + "." + Minor);
            }
        }
    }
}
