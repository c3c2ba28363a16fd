using System;
using System.IO;
using OssResumable;

internal static class CredentialsTests
{
    [Test("the credentials callback is asked, and its temporary credentials are used")]
    private static void Callback(World world)
    {
        int asked = 0;
        OssResumableConfiguration configuration = Asking(world, () =>
        {
            asked++;
            GC.Collect();
            return new OssCredentials(
                "test-sts-access-key-id", "test-sts-access-key-secret", "test-sts-token", DateTimeOffset.UtcNow.AddHours(1));
        });
        string path = world.NewFile(300000);
        using (var client = new OssResumableClient(configuration))
        {
            client.UploadFile(world.Request(path, "sts"));
            client.UploadFile(world.Request(path, "sts"));
        }
        Check.Equal(1, asked, "asked");
        Check.That(world.ObjectEquals("sts", path), "the object equals the file");
    }

    [Test("what the credentials callback throws is the inner exception of the failure")]
    private static void CallbackThrows(World world)
    {
        var own = new TimeoutException("the vault is closed");
        OssResumableConfiguration configuration = Asking(world, () => { throw own; });
        configuration.MaxErrorRetry = -1;
        configuration.RetryTimeout = 500;
        using (var client = new OssResumableClient(configuration))
        {
            var failure = Check.Throws<OssResumableException>(() => client.UploadFile(world.Request(world.NewFile(10))));
            Check.Equal(OssResumableCode.Credentials, failure.Code, "code");
            Check.That(ReferenceEquals(own, failure.InnerException), "inner exception");
        }
        Check.Equal(0, world.List("/-/log").Count, "requests");
    }

    [Test("new credentials are used by a running upload")]
    private static void Replaced(World world)
    {
        string path = world.NewFile(2000000);
        world.Rule("{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":200}}}");
        using (OssResumableClient client = world.Client())
        {
            UploadRequest request = world.Request(path, "replaced");
            request.OnProgress = progress =>
                client.SetCredentials("test-sts-access-key-id", "test-sts-access-key-secret", "test-sts-token");
            client.UploadFile(request);
        }
        string log = System.Text.Encoding.UTF8.GetString(world.Control("GET", "/-/log", null));
        Check.That(log.Contains("test-access-key-id/") && log.Contains("test-sts-access-key-id/"), "both were used");
        Check.That(world.ObjectEquals("replaced", path), "the object equals the file");
    }

    [Test("a command gives credentials")]
    private static void Process(World world)
    {
        OssResumableConfiguration configuration = Asking(world, null);
        configuration.Credentials.Provider = "process";
        configuration.Credentials.Process =
            "echo '{\"AccessKeyId\":\"test-access-key-id\",\"AccessKeySecret\":\"test-access-key-secret\"}'";
        string path = world.NewFile(10);
        using (var client = new OssResumableClient(configuration))
        {
            client.UploadFile(world.Request(path, "process"));
        }
        Check.That(world.ObjectEquals("process", path), "the object equals the file");
    }

    [Test("the log file has lines and no secret, and a bandwidth limit slows an upload down")]
    private static void LogAndLimit(World world)
    {
        string log = Path.Combine(world.Directory, "log");
        OssResumableConfiguration configuration = world.Configuration();
        configuration.LogFile = log;
        configuration.LogLevel = LogLevel.Trace;
        configuration.UserAgent = "tests/1";
        configuration.BandwidthLimit = 400000;
        string path = world.NewFile(600000);
        using (var client = new OssResumableClient(configuration))
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            client.UploadFile(world.Request(path, "limited"));
            Check.That(clock.ElapsedMilliseconds > 500, "took " + clock.ElapsedMilliseconds + " ms");
            client.SetBandwidthLimit(0);
        }
        string text = File.ReadAllText(log);
        Check.That(text.Contains("UploadPart") || text.Length > 200, text);
        Check.That(!text.Contains("test-access-key-secret"), "no secret");
        string sent = System.Text.Encoding.UTF8.GetString(world.Control("GET", "/-/log", null));
        Check.That(sent.Contains("tests/1"), "user agent");
    }

    [Test("collections in thousands of callbacks harm nothing")]
    private static void Collections(World world)
    {
        string path = world.NewFile(2000000);
        int calls = 0;
        for (int at = 0; at < 60; at++)
        {
            OssResumableConfiguration configuration = world.Configuration();
            configuration.LogLevel = LogLevel.Trace;
            configuration.LogCallback = (level, line) =>
            {
                GC.Collect();
                calls++;
            };
            // A client of its own for each: those before it have become garbage.
            UploadRequest request = world.Request(path, "collected");
            request.ParallelThreadCount = 8;
            new OssResumableClient(configuration).UploadFile(request);
            Check.That(world.ObjectEquals("collected", path), "the object equals the file");
        }
        Check.That(calls > 2000, calls + " calls");
    }

    private static OssResumableConfiguration Asking(World world, Func<OssCredentials> callback)
    {
        return new OssResumableConfiguration
        {
            Endpoint = world.Address,
            Region = "cn-hangzhou",
            Credentials = new CredentialsSource { Callback = callback },
        };
    }
}
