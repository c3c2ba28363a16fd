using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using OssResumable;

internal static class UploadTests
{
    [Test("a file is stored byte for byte, and the result tells about it")]
    private static void File(World world)
    {
        string path = world.NewFile(1000000);
        using (OssResumableClient client = world.Client())
        {
            UploadResult result = client.UploadFile(world.Request(path));
            Check.That(world.ObjectEquals("dir/big.bin", path), "the object equals the file");
            var stored = world.List("/-/objects").Single(entry => (string)entry["key"] == "dir/big.bin");
            Check.Equal((string)stored["crc64"], result.Crc64.ToString(), "crc64");
            Check.Equal((string)stored["etag"], result.ETag, "etag");
            Check.Equal(10, result.PartCount, "parts");
            Check.Equal(102400L, result.PartSize, "part size");
            Check.Equal(200, result.HttpStatusCode, "status");
            Check.Equal(10, world.Requests("UploadPart"), "requests");
            Check.That(result.UploadId != null && result.RequestId != null, "ids");
            Check.That(result.ResponseHeaders.ContainsKey("X-OSS-Request-Id"), "headers by name in any case");
        }
    }

    [Test("an empty file and one of a single part are one PutObject each")]
    private static void Small(World world)
    {
        using (OssResumableClient client = world.Client())
        {
            foreach (int size in new[] { 0, 1, 102400 })
            {
                string path = world.NewFile(size);
                UploadResult result = client.UploadFile(world.Request(path, "small"));
                Check.Equal(1, result.PartCount, "parts");
                Check.Equal<string>(null, result.UploadId, "upload id");
                Check.That(world.ObjectEquals("small", path), "the object equals the file");
            }
        }
        Check.Equal(3, world.Requests("PutObject"), "requests");
    }

    [Test("bytes in memory are stored, and an empty array too")]
    private static void Memory(World world)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("from memory ", 30000)));
        using (OssResumableClient client = world.Client())
        {
            var request = new UploadRequest(World.Bucket, "memory", bytes) { PartSize = 102400 };
            Check.Equal(4, client.UploadFile(request).PartCount, "parts");
            Check.That(world.ObjectEquals("memory", bytes), "the object equals the bytes");
            client.UploadFile(new UploadRequest(World.Bucket, "memory", new byte[0]));
            Check.That(world.ObjectEquals("memory", new byte[0]), "the object is empty");
        }
    }

    [Test("keys and paths with blanks, quotes, percent signs and other scripts arrive as they are")]
    private static void OddNames(World world)
    {
        string[] names = { "a b", "100%25 \"quoted\" 'x'", "\u6587\u4ef6 \u00e9 \ud83d\ude00", "a+b&c=d?e#f", "-- x" };
        using (OssResumableClient client = world.Client())
        {
            foreach (string name in names)
            {
                string path = world.NewFile(150000, name);
                UploadRequest request = world.Request(path, "odd/" + name);
                request.EnableCheckpoint = true;
                client.UploadFile(request);
                Check.That(world.ObjectEquals("odd/" + name, path), name);
                Check.That(!System.IO.File.Exists(path + ".ucp"), "no checkpoint is left");
            }
        }
    }

    [Test("headers and metadata are stored with the object")]
    private static void Headers(World world)
    {
        string path = world.NewFile(300000);
        using (OssResumableClient client = world.Client())
        {
            UploadRequest request = world.Request(path, "headers");
            request.Headers["Content-Type"] = "text/x-test";
            request.Headers["x-oss-meta-author"] = "me";
            client.UploadFile(request);
        }
        string stored = Encoding.UTF8.GetString(world.Control("GET", "/-/objects?bucket=" + World.Bucket + "&key=headers", null));
        Check.That(stored.Contains("text/x-test") && stored.Contains("x-oss-meta-author"), stored);
    }

    [Test("without settings the library's defaults are used")]
    private static void Defaults(World world)
    {
        string path = world.NewFile(500000);
        using (OssResumableClient client = world.Client())
        {
            UploadResult result = client.UploadFile(new UploadRequest(World.Bucket, "defaults", path));
            Check.Equal(102400L, result.PartSize, "part size");
            var auto = new UploadRequest(World.Bucket, "defaults", path)
            {
                PartSize = UploadRequest.Auto,
                ParallelThreadCount = UploadRequest.Auto,
            };
            Check.Equal(4194304L, client.UploadFile(auto).PartSize, "part size");
        }
    }

    [Test("the async method stores the file, and several run at once by one client")]
    private static void Concurrent(World world)
    {
        string[] paths = Enumerable.Range(0, 6).Select(at => world.NewFile(400000)).ToArray();
        using (OssResumableClient client = world.Client())
        {
            Task<UploadResult>[] tasks = paths
                .Select((path, at) => client.UploadFileAsync(world.Request(path, "concurrent/" + at)))
                .ToArray();
            Task.WaitAll(tasks);
            for (int at = 0; at < paths.Length; at++)
            {
                Check.That(world.ObjectEquals("concurrent/" + at, paths[at]), paths[at]);
            }
        }
    }

    [Test("the upload callback reaches its receiver, whose answer is the body")]
    private static void UploadCallbackAnswer(World world)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        try
        {
            Task<string> received = Task.Run(() => AnswerOnce(listener));
            string path = world.NewFile(200000);
            UploadRequest request = world.Request(path, "called-back");
            request.Callback = new UploadCallback
            {
                Url = "http://127.0.0.1:" + ((IPEndPoint)listener.LocalEndpoint).Port + "/stored",
                Body = "{\"object\":${object},\"user\":${x:user}}",
                BodyType = "application/json",
            };
            request.Callback.Variables["x:user"] = "\u738b \"W\"";
            using (OssResumableClient client = world.Client())
            {
                UploadResult result = client.UploadFile(request);
                Check.Equal("{\"seen\":true}", result.ResponseText, "body");
                Check.Equal(UploadWarnings.None, result.Warnings, "warnings");
            }
            Check.That(received.Result.Contains("\u738b") && received.Result.Contains("called-back"), received.Result);
        }
        finally
        {
            listener.Stop();
        }
    }

    [Test("a failed upload callback is a warning, and the object is stored")]
    private static void UploadCallbackFails(World world)
    {
        string path = world.NewFile(200000);
        UploadRequest request = world.Request(path, "not-called-back");
        request.Callback = new UploadCallback { Url = "http://127.0.0.1:1/", Body = "x=${object}" };
        using (OssResumableClient client = world.Client())
        {
            UploadResult result = client.UploadFile(request);
            Check.Equal(UploadWarnings.CallbackFailed, result.Warnings, "warnings");
            Check.Equal(203, result.HttpStatusCode, "status");
            Check.That(!string.IsNullOrEmpty(result.CallbackError), "callback error");
        }
        Check.That(world.ObjectEquals("not-called-back", path), "the object equals the file");
    }

    // Takes one request whose body has a Content-Length, and answers it.
    private static string AnswerOnce(TcpListener listener)
    {
        using (TcpClient client = listener.AcceptTcpClient())
        using (NetworkStream stream = client.GetStream())
        {
            var bytes = new MemoryStream();
            var buffer = new byte[4096];
            while (true)
            {
                int read = stream.Read(buffer, 0, buffer.Length);
                bytes.Write(buffer, 0, read);
                string text = Encoding.UTF8.GetString(bytes.ToArray());
                if (read == 0 || (text.Contains("\r\n\r\n") && text.TrimEnd().EndsWith("}")))
                {
                    byte[] answer = Encoding.UTF8.GetBytes(
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"seen\":true}");
                    stream.Write(answer, 0, answer.Length);
                    return text;
                }
            }
        }
    }
}
