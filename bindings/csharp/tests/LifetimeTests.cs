using System;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using OssResumable;

internal static class LifetimeTests
{
    [Test("every method of a closed client throws ObjectDisposedException, and closing twice is harmless")]
    private static void Closed(World world)
    {
        OssResumableClient client = world.Client();
        client.Dispose();
        client.Dispose();
        UploadRequest request = world.Request(world.NewFile(10));
        Check.Throws<ObjectDisposedException>(() => client.UploadFile(request));
        Check.Throws<ObjectDisposedException>(() => client.UploadFileAsync(request).GetAwaiter().GetResult());
        Check.Throws<ObjectDisposedException>(() => client.Discard(request));
        Check.Throws<ObjectDisposedException>(() => client.ListUploads(World.Bucket));
        Check.Throws<ObjectDisposedException>(() => client.AbortUploads(World.Bucket));
        Check.Throws<ObjectDisposedException>(() => client.AbortUpload(World.Bucket, "k", "i"));
        Check.Throws<ObjectDisposedException>(() => client.SetCredentials("a", "b"));
        Check.Throws<ObjectDisposedException>(() => client.SetBandwidthLimit(0));
    }

    [Test("an upload goes on when its client is closed, and its callbacks still work")]
    private static void ClosedMeanwhile(World world)
    {
        string path = world.NewFile(2000000);
        world.Rule("{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":150}}}");
        OssResumableConfiguration configuration = world.Configuration();
        int after = 0;
        bool closed = false;
        configuration.LogLevel = LogLevel.Debug;
        configuration.LogCallback = (level, line) => after += closed ? 1 : 0;
        var client = new OssResumableClient(configuration);
        var recorder = new Recorder
        {
            Then = progress =>
            {
                client.Dispose();
                closed = true;
                GC.Collect();
                GC.WaitForPendingFinalizers();
            },
        };
        client.UploadFile(world.Request(path, "outlived"), recorder);
        Check.That(after > 0, "lines after the close");
        Check.That(world.ObjectEquals("outlived", path), "the object equals the file");
    }

    [Test("clients that nobody closes are collected, also while uploads run")]
    private static void Collected(World world)
    {
        string path = world.NewFile(1000000);
        world.Rule("{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":150}}}");
        Task<UploadResult>[] tasks = { Forget(world, path, "forgotten/0"), Forget(world, path, "forgotten/1") };
        while (!Task.WaitAll(tasks, 10))
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Check.That(world.ObjectEquals("forgotten/0", path) && world.ObjectEquals("forgotten/1", path), "objects");
        for (int at = 0; at < 200; at++)
        {
            Make(world);
        }
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<UploadResult> Forget(World world, string path, string key)
    {
        return world.Client().UploadFileAsync(world.Request(path, key));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Make(World world)
    {
        OssResumableConfiguration configuration = world.Configuration();
        configuration.LogCallback = (level, line) => { };
        new OssResumableClient(configuration);
    }

    [Test("what the log callback throws is dropped")]
    private static void LogThrows(World world)
    {
        string path = world.NewFile(200000);
        OssResumableConfiguration configuration = world.Configuration();
        configuration.LogLevel = LogLevel.Trace;
        configuration.LogCallback = (level, line) =>
        {
            throw new InvalidOperationException();
        };
        using (var client = new OssResumableClient(configuration))
        {
            client.UploadFile(world.Request(path, "logged"));
        }
        Check.That(world.ObjectEquals("logged", path), "the object equals the file");
    }
}
