using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using OssResumable;

internal static class AbiTests
{
    [Test("structs, codes, stages, constants and functions are those of tests/abi.json")]
    private static void Abi()
    {
        string path = Environment.GetEnvironmentVariable("ABI");
        var abi = (Dictionary<string, object>)Json.Parse(File.ReadAllText(path));
        Structs((Dictionary<string, object>)abi["structs"]);
        Functions((Dictionary<string, object>)abi["functions"]);
        Enum<OssResumableCode>((Dictionary<string, object>)abi["codes"], "OSS_RESUMABLE_E_");
        Enum<UploadStage>((Dictionary<string, object>)abi["stages"], "OSS_RESUMABLE_STAGE_");
        var constants = (Dictionary<string, object>)abi["constants"];
        Enum<UploadWarnings>(constants, "OSS_RESUMABLE_WARN_");
        Enum<VerifyOnResume>(constants, "OSS_RESUMABLE_VERIFY_");
        Enum<EndpointType>(constants, "OSS_RESUMABLE_ENDPOINT_");
        Enum<LogLevel>(constants, "OSS_RESUMABLE_LOG_");
        Check.Equal((string)constants["OSS_RESUMABLE_AUTO"], UploadRequest.Auto.ToString(), "AUTO");
        Check.Equal((string)constants["OSS_RESUMABLE_SOURCE_MEMORY"], "2", "SOURCE_MEMORY");
        int number = int.Parse((string)abi["version_number"]);
        Check.Equal(number / 100, Library.Major * 100 + Library.Minor, "version");
        Check.Equal((string)abi["version"], OssResumableClient.LibraryVersion, "version of the library");
    }

    private static void Structs(Dictionary<string, object> structs)
    {
        foreach (KeyValuePair<string, object> pair in structs)
        {
            var expected = (Dictionary<string, object>)pair.Value;
            Type type = typeof(NativeMethods).Assembly.GetType("OssResumable." + pair.Key, true);
            Check.Equal((string)expected["size"], Marshal.SizeOf(type).ToString(), pair.Key + " size");
            List<object> fields = (List<object>)expected["fields"];
            FieldInfo[] ours = type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic);
            Check.Equal(fields.Count, ours.Length, pair.Key + " fields");
            foreach (Dictionary<string, object> field in fields)
            {
                string name = (string)field["name"];
                FieldInfo own = ours.Single(candidate => candidate.Name == name);
                Check.Equal((string)field["offset"], Marshal.OffsetOf(type, name).ToString(), pair.Key + "." + name);
                Check.Equal((string)field["size"], Marshal.SizeOf(own.FieldType).ToString(), pair.Key + "." + name);
            }
        }
    }

    private static void Functions(Dictionary<string, object> functions)
    {
        const BindingFlags all = BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        MethodInfo[] ours = typeof(NativeMethods).GetMethods(all);
        string[] names = ours.Select(method => method.Name).OrderBy(name => name).ToArray();
        Check.Equal(
            string.Join(" ", functions.Keys.OrderBy(name => name)), string.Join(" ", names), "names of functions");
        foreach (MethodInfo own in ours)
        {
            var signature = (string)functions[own.Name];
            int arguments = signature.EndsWith("(void)") ? 0 : signature.Count(c => c == ',') + 1;
            Check.Equal(arguments, own.GetParameters().Length, own.Name + " arguments");
        }
    }

    // Every constant with this prefix is a member of the enum, with the same value.
    private static void Enum<T>(Dictionary<string, object> constants, string prefix)
    {
        foreach (KeyValuePair<string, object> pair in constants.Where(c => c.Key.StartsWith(prefix)))
        {
            string name = pair.Key.Substring(prefix.Length).Replace("_", "");
            object member = System.Enum.Parse(typeof(T), name, true);
            Check.Equal((string)pair.Value, Convert.ToInt32(member).ToString(), pair.Key);
        }
    }
}
