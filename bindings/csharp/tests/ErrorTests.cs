using System;
using System.IO;
using OssResumable;

internal static class ErrorTests
{
    [Test("a refusal of OSS tells status, code, request id, host id, part and stage")]
    private static void Service(World world)
    {
        string path = world.NewFile(300000);
        world.Rule("{\"op\":\"UploadPart\",\"part\":2,\"action\":{\"status\":{\"code\":403,\"oss_code\":\"AccessDenied\",\"message\":\"no\"}}}");
        using (OssResumableClient client = world.Client())
        {
            var failure = Check.Throws<OssResumableException>(() => client.UploadFile(world.Request(path, "refused")));
            Check.Equal(OssResumableCode.Service, failure.Code, "code");
            Check.Equal(403, failure.HttpStatusCode, "status");
            Check.Equal("AccessDenied", failure.ErrorCode, "OSS code");
            Check.Equal(2, failure.PartNumber, "part");
            Check.Equal(102400L, failure.Offset, "offset");
            Check.Equal("upload", failure.Stage, "stage");
            Check.Equal(1, failure.Attempts, "attempts");
            Check.That(failure.RequestId != null && !failure.IsRetryable, "request id, retryable");
            Check.That(failure.Message.Length > 10, failure.Message);
        }
        Check.That(!world.HasObject("refused"), "no object");
    }

    [Test("a file that is not there is an error with errno, and nothing is sent")]
    private static void NoFile(World world)
    {
        using (OssResumableClient client = world.Client())
        {
            var failure = Check.Throws<OssResumableException>(
                () => client.UploadFile(world.Request(Path.Combine(world.Directory, "nothing"))));
            Check.Equal(OssResumableCode.File, failure.Code, "code");
            Check.Equal(2, failure.OsError, "errno");
        }
        Check.Equal(0, world.List("/-/log").Count, "requests");
    }

    [Test("nobody at the endpoint is a network error with a reason, retryable")]
    private static void Network(World world)
    {
        OssResumableConfiguration configuration = world.Configuration();
        configuration.Endpoint = "http://127.0.0.1:1";
        configuration.MaxErrorRetry = -1;
        using (var client = new OssResumableClient(configuration))
        {
            var failure = Check.Throws<OssResumableException>(() => client.UploadFile(world.Request(world.NewFile(10))));
            Check.Equal(OssResumableCode.Network, failure.Code, "code");
            Check.Equal("connection_refused", failure.Reason, "reason");
            Check.That(failure.IsRetryable, "retryable");
        }
    }

    [Test("values out of range are refused by the name of their field, before anything is sent")]
    private static void Arguments(World world)
    {
        string path = world.NewFile(10);
        using (OssResumableClient client = world.Client())
        {
            Refused("part_size", () => client.UploadFile(new UploadRequest(World.Bucket, "k", path) { PartSize = 5 }));
            Refused("thread_num", () => client.UploadFile(new UploadRequest(World.Bucket, "k", path) { ParallelThreadCount = 2000 }));
            Refused("object", () => client.UploadFile(new UploadRequest(World.Bucket, "a\0b", path)));
            Refused("object", () => client.UploadFile(new UploadRequest(World.Bucket, "\ud800", path)));
            Refused("bucket", () => client.UploadFile(new UploadRequest(null, "k", path)));
            Refused("filepath", () => client.UploadFile(new UploadRequest(World.Bucket, "k", (string)null)));
            Refused("bandwidth_limit", () => client.SetBandwidthLimit(5));
            Refused("credentials", () => client.SetCredentials("", ""));
            Check.Throws<ArgumentNullException>(() => client.UploadFile(null));
            Check.Throws<ArgumentNullException>(() => client.UploadFileAsync(null).GetAwaiter().GetResult());
        }
        Refused("endpoint", () => new OssResumableClient(new OssResumableConfiguration { Endpoint = "ftp://x" }));
        Check.Throws<ArgumentNullException>(() => new OssResumableClient(null));
        Check.Equal(0, world.List("/-/log").Count, "requests");
    }

    [Test("the async method fails with the same exception")]
    private static void Async(World world)
    {
        using (OssResumableClient client = world.Client())
        {
            var task = client.UploadFileAsync(world.Request(Path.Combine(world.Directory, "nothing")));
            var failure = Check.Throws<OssResumableException>(() => task.GetAwaiter().GetResult());
            Check.Equal(OssResumableCode.File, failure.Code, "code");
            Check.That(task.IsFaulted, "faulted");
        }
    }

    private static void Refused(string field, Action action)
    {
        var failure = Check.Throws<OssResumableException>(action);
        Check.Equal(OssResumableCode.InvalidArgument, failure.Code, field);
        Check.That(failure.Message.StartsWith(field), failure.Message);
    }
}
