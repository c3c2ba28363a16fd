using System;
using System.Linq;
using System.Threading;
using OssResumable;

internal static class ProgressTests
{
    [Test("progress never goes back, ends at the total, and is told on the caller's thread")]
    private static void Monotonic(World world)
    {
        string path = world.NewFile(3000000);
        world.Rule("{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":150}}}");
        var recorder = new Recorder();
        int thread = Thread.CurrentThread.ManagedThreadId;
        bool here = true;
        recorder.Then = progress => here &= Thread.CurrentThread.ManagedThreadId == thread;
        using (OssResumableClient client = world.Client())
        {
            client.UploadFile(world.Request(path), recorder);
        }
        UploadProgress last = recorder.Calls.Last();
        Check.That(recorder.Monotonic, "monotonic");
        Check.Equal(3000000L, last.TransferredBytes, "last");
        Check.Equal(3000000L, last.TotalBytes, "total");
        Check.Equal(100, last.PercentDone, "percent");
        Check.Equal(30, last.PartsTotal, "parts");
        Check.That(here, "the thread is the caller's");
    }

    [Test("an exception of the progress callback cancels the upload and comes out as itself")]
    private static void Throws(World world)
    {
        string path = world.NewFile(3000000);
        world.Rule("{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":200}}}");
        var own = new InvalidTimeZoneException("mine");
        using (OssResumableClient client = world.Client())
        {
            UploadRequest request = world.Request(path, "thrown");
            request.OnProgress = progress =>
            {
                throw own;
            };
            Check.That(ReferenceEquals(own, Check.Throws<InvalidTimeZoneException>(() => client.UploadFile(request))), "from OnProgress");
            request.OnProgress = null;
            var recorder = new Recorder { Then = progress => { throw own; } };
            Check.That(
                ReferenceEquals(own, Check.Throws<InvalidTimeZoneException>(() => client.UploadFile(request, recorder))),
                "from IProgress");
            Check.That(
                ReferenceEquals(
                    own,
                    Check.Throws<InvalidTimeZoneException>(
                        () => client.UploadFileAsync(request, recorder).GetAwaiter().GetResult())),
                "from IProgress of the async method");
            Check.Equal(2, recorder.Calls.Count, "calls after the exception");
        }
        Check.That(!world.HasObject("thrown"), "no object");
        Check.Equal(0, world.OpenUploads(), "open uploads");
    }

    [Test("collections during the callbacks take nothing away from C")]
    private static void Collections(World world)
    {
        string path = world.NewFile(3000000);
        world.Rule("{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":150}}}");
        OssResumableConfiguration configuration = world.Configuration();
        int lines = 0;
        configuration.LogLevel = LogLevel.Debug;
        configuration.LogCallback = (level, line) =>
        {
            lines++;
            GC.Collect();
        };
        using (var client = new OssResumableClient(configuration))
        {
            var recorder = new Recorder
            {
                Then = progress =>
                {
                    for (int at = 0; at < 5; at++)
                    {
                        GC.Collect();
                        GC.WaitForPendingFinalizers();
                    }
                },
            };
            client.UploadFile(world.Request(path, "collected"), recorder);
            Check.That(recorder.Calls.Count > 3, "calls");
            Check.That(lines >= 30, "a line for each request");
        }
        Check.That(world.ObjectEquals("collected", path), "the object equals the file");
    }
}
