using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OssResumable;

internal static class LeftoverTests
{
    [Test("discard aborts the upload and deletes the checkpoint, and doing it again is a success")]
    private static void Discard(World world)
    {
        using (OssResumableClient client = world.Client())
        {
            UploadRequest request = Interrupt(world, client, "discarded");
            Check.Equal(1, world.OpenUploads(), "open uploads");
            client.Discard(request);
            client.Discard(request);
            Check.That(!File.Exists(request.UploadFile + ".ucp"), "no checkpoint");
        }
        Check.Equal(0, world.OpenUploads(), "open uploads");
    }

    [Test("unfinished uploads are listed by prefix and age, and aborted")]
    private static void List(World world)
    {
        using (OssResumableClient client = world.Client())
        {
            Interrupt(world, client, "left/\u6587");
            Interrupt(world, client, "left/b");
            Interrupt(world, client, "other");
            IReadOnlyList<UnfinishedUpload> found = client.ListUploads(World.Bucket, "left/");
            Check.Equal("left/b left/\u6587", string.Join(" ", found.Select(upload => upload.Key)), "keys");
            Check.That(Math.Abs((DateTimeOffset.UtcNow - found[0].Initiated).TotalMinutes) < 10, "initiated");
            Check.Equal(0, client.ListUploads(World.Bucket, null, TimeSpan.FromDays(1)).Count, "older than a day");
            client.AbortUpload(World.Bucket, found[0].Key, found[0].UploadId);
            client.AbortUpload(World.Bucket, found[0].Key, found[0].UploadId);
            Check.Equal(2, world.OpenUploads(), "open uploads");
            Check.Equal(1L, client.AbortUploads(World.Bucket, "left/"), "aborted");
            Check.Equal(1L, client.AbortUploads(World.Bucket), "aborted");
        }
        Check.Equal(0, world.OpenUploads(), "open uploads");
    }

    [Test("a refused listing is an error with OSS's code")]
    private static void Refused(World world)
    {
        world.Rule("{\"op\":\"ListMultipartUploads\",\"action\":{\"status\":{\"code\":403,\"oss_code\":\"AccessDenied\"}}}");
        using (OssResumableClient client = world.Client())
        {
            var failure = Check.Throws<OssResumableException>(() => client.ListUploads(World.Bucket));
            Check.Equal("AccessDenied", failure.ErrorCode, "code");
            failure = Check.Throws<OssResumableException>(() => client.AbortUploads(World.Bucket));
            Check.Equal(403, failure.HttpStatusCode, "status");
        }
    }

    private static UploadRequest Interrupt(World world, OssResumableClient client, string key)
    {
        world.Rule("{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":150}}}");
        world.Rule("{\"op\":\"UploadPart\",\"key\":\"" + key + "\",\"part\":9,\"times\":1,\"action\":{\"delay\":{\"ms\":10000}}}");
        UploadRequest request = world.Request(world.NewFile(1000000), key);
        request.EnableCheckpoint = true;
        request.OnProgress = progress =>
        {
            if (progress.TransferredBytes > 200000)
            {
                throw new TimeoutException();
            }
        };
        Check.Throws<TimeoutException>(() => client.UploadFile(request));
        request.OnProgress = null;
        return request;
    }
}
