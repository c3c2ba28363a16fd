using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using OssResumable;

// The test server, a directory for files, and what the server knows.
internal sealed class World : IDisposable
{
    internal const string Bucket = "examplebucket";

    private readonly Process server;
    private readonly string address;
    private int files;

    internal World(string directory)
    {
        Directory = directory;
        server = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("SERVER"), "--exit-with-stdin")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        });
        address = server.StandardOutput.ReadLine().Replace("LISTENING ", "");
    }

    internal string Directory { get; }

    internal string Address
    {
        get { return address; }
    }

    public void Dispose()
    {
        server.StandardInput.Close();
        server.WaitForExit();
    }

    internal void Reset()
    {
        Control("DELETE", "/-/rules", null);
        Control("DELETE", "/-/log", null);
        Control("POST", "/-/config", "{\"abort_all\":true}");
    }

    internal OssResumableConfiguration Configuration()
    {
        return new OssResumableConfiguration
        {
            Endpoint = address,
            Region = "cn-hangzhou",
            AccessKeyId = "test-access-key-id",
            AccessKeySecret = "test-access-key-secret",
        };
    }

    internal OssResumableClient Client()
    {
        return new OssResumableClient(Configuration());
    }

    // A new file of that many bytes that do not repeat.
    internal string NewFile(int size, string name = null)
    {
        string path = Path.Combine(Directory, name ?? "file-" + ++files);
        var bytes = new byte[size];
        new Random(size + files).NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    internal UploadRequest Request(string path, string key = "dir/big.bin")
    {
        return new UploadRequest(Bucket, key, path) { PartSize = 102400, ParallelThreadCount = 2 };
    }

    internal void Rule(string json)
    {
        Control("POST", "/-/rules", json);
    }

    internal byte[] Control(string method, string path, string body)
    {
        var request = (HttpWebRequest)WebRequest.Create(address + path);
        request.Method = method;
        if (body != null)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(body);
            request.ContentLength = bytes.Length;
            using (Stream stream = request.GetRequestStream())
            {
                stream.Write(bytes, 0, bytes.Length);
            }
        }
        using (WebResponse response = request.GetResponse())
        using (Stream stream = response.GetResponseStream())
        using (var memory = new MemoryStream())
        {
            stream.CopyTo(memory);
            return memory.ToArray();
        }
    }

    internal List<Dictionary<string, object>> List(string path)
    {
        string json = Encoding.UTF8.GetString(Control("GET", path, null));
        return ((List<object>)Json.Parse(json)).Cast<Dictionary<string, object>>().ToList();
    }

    internal int Requests(string op)
    {
        return List("/-/log").Count(entry => (string)entry["op"] == op);
    }

    internal bool ObjectEquals(string key, string path)
    {
        return ObjectEquals(key, File.ReadAllBytes(path));
    }

    internal bool ObjectEquals(string key, byte[] bytes)
    {
        string query = "/-/object?bucket=" + Bucket + "&key=" + Uri.EscapeDataString(key);
        return Control("GET", query, null).SequenceEqual(bytes);
    }

    internal bool HasObject(string key)
    {
        return List("/-/objects").Any(entry => (string)entry["key"] == key);
    }

    internal int OpenUploads()
    {
        return List("/-/uploads").Count;
    }
}

// What progress was told.
internal sealed class Recorder : IProgress<UploadProgress>
{
    internal readonly List<UploadProgress> Calls = new List<UploadProgress>();
    internal Action<UploadProgress> Then = progress => { };

    public void Report(UploadProgress progress)
    {
        Calls.Add(progress);
        Then(progress);
    }

    internal bool Monotonic
    {
        get
        {
            long last = 0;
            return Calls.All(call =>
            {
                bool good = call.TransferredBytes >= last && call.TransferredBytes <= call.TotalBytes;
                last = call.TransferredBytes;
                return good;
            });
        }
    }
}
