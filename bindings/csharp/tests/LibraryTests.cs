using System;
using System.Diagnostics;
using System.IO;

// How the library is found and checked, in processes of their own: a process loads it once.
internal static class LibraryTests
{
    [Test("a library of another minor version is refused with a sentence")]
    private static void OtherVersion(World world)
    {
        string source = Path.Combine(world.Directory, "other.c");
        string library = Path.Combine(world.Directory, "liboss_resumable.so");
        File.WriteAllText(
            source,
            "int oss_resumable_version_number(void) { return 200; }\n" +
            "const char *oss_resumable_version(void) { return \"0.2.0\"; }\n");
        try
        {
            Run("cc", "-shared -fPIC -o " + library + " " + source, null);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new Skipped("install gcc");
        }
        string said = Run("mono", Example(), library);
        Check.That(said.Contains("0.2.0") && said.Contains("made for 0.1"), said);
    }

    [Test("a path in OSS_RESUMABLE_LIBRARY that is not there is an error that names it")]
    private static void NotThere(World world)
    {
        string said = Run("mono", Example(), "/nowhere/liboss_resumable.so");
        Check.That(said.Contains("/nowhere/liboss_resumable.so"), said);
    }

    [Test("without OSS_RESUMABLE_LIBRARY the copy under runtimes is found")]
    private static void Packed(World world)
    {
        string directory = Path.GetDirectoryName(typeof(OssResumable.OssResumableClient).Assembly.Location);
        string copy = Path.Combine(world.Directory, "app");
        string native = Path.Combine(copy, "runtimes", "linux-x64", "native");
        Directory.CreateDirectory(native);
        foreach (string name in new[] { "OssResumable.dll", "oss-upload.exe" })
        {
            File.Copy(Path.Combine(directory, name), Path.Combine(copy, name));
        }
        File.Copy(Environment.GetEnvironmentVariable("OSS_RESUMABLE_LIBRARY"), Path.Combine(native, "liboss_resumable.so"));
        string file = world.NewFile(100);
        string said = Run(
            "mono",
            Path.Combine(copy, "oss-upload.exe") + " " + file + " oss://examplebucket/packed --region cn-hangzhou --endpoint "
                + world.Address,
            null);
        Check.That(said.Contains("crc64="), said);
        Check.That(world.ObjectEquals("packed", file), "the object equals the file");
    }

    private static string Example()
    {
        string directory = Path.GetDirectoryName(typeof(OssResumable.OssResumableClient).Assembly.Location);
        return Path.Combine(directory, "oss-upload.exe") + " /dev/null oss://examplebucket/x --region cn-hangzhou";
    }

    private static string Run(string program, string arguments, string library)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.EnvironmentVariables.Remove("OSS_RESUMABLE_LIBRARY");
        start.EnvironmentVariables["OSS_ACCESS_KEY_ID"] = "test-access-key-id";
        start.EnvironmentVariables["OSS_ACCESS_KEY_SECRET"] = "test-access-key-secret";
        if (library != null)
        {
            start.EnvironmentVariables["OSS_RESUMABLE_LIBRARY"] = library;
        }
        using (Process process = Process.Start(start))
        {
            string said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
            process.WaitForExit();
            return said;
        }
    }
}
