using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using OssResumable;

internal static class CancelTests
{
    private const string Slow = "{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":200}}}";

    [Test("a canceled upload resumes, and only what is missing is sent")]
    private static void Resume(World world)
    {
        string path = world.NewFile(3000000);
        world.Rule(Slow);
        using (OssResumableClient client = world.Client())
        {
            UploadRequest request = world.Request(path, "resumed");
            request.EnableCheckpoint = true;
            using (var source = new CancellationTokenSource())
            {
                var recorder = new Recorder
                {
                    Then = progress =>
                    {
                        if (progress.TransferredBytes > 1000000)
                        {
                            source.Cancel();
                        }
                    },
                };
                var canceled = Check.Throws<OperationCanceledException>(() => client.UploadFile(request, recorder, source.Token));
                var details = (OssResumableException)canceled.InnerException;
                Check.Equal(OssResumableCode.Canceled, details.Code, "code");
                Check.Equal(source.Token, canceled.CancellationToken, "token");
            }
            Check.That(File.Exists(path + ".ucp"), "a checkpoint");
            Check.Equal(1, world.OpenUploads(), "open uploads");
            world.Control("DELETE", "/-/rules", null);
            world.Control("DELETE", "/-/log", null);
            var second = new Recorder();
            UploadResult result = client.UploadFile(request, second);
            // Two parts were in flight and counted when it was canceled.
            Check.That(result.ResumedBytes >= 700000, "resumed " + result.ResumedBytes);
            Check.That(second.Monotonic, "monotonic");
            Check.Equal(30 - (int)(result.ResumedBytes / 102400), world.Requests("UploadPart"), "requests");
        }
        Check.That(world.ObjectEquals("resumed", path), "the object equals the file");
        Check.That(!File.Exists(path + ".ucp"), "no checkpoint is left");
    }

    [Test("a cancel from another thread ends the async method as canceled, and leaves nothing without a checkpoint")]
    private static void Async(World world)
    {
        string path = world.NewFile(3000000);
        world.Rule(Slow);
        using (OssResumableClient client = world.Client())
        using (var source = new CancellationTokenSource(300))
        {
            Task<UploadResult> task = client.UploadFileAsync(world.Request(path, "canceled"), null, source.Token);
            Check.Throws<OperationCanceledException>(() => task.GetAwaiter().GetResult());
            Check.That(task.IsCanceled, "canceled");
        }
        Check.That(!world.HasObject("canceled"), "no object");
        Check.Equal(0, world.OpenUploads(), "open uploads");
    }

    [Test("a token that is canceled already sends nothing")]
    private static void Early(World world)
    {
        using (OssResumableClient client = world.Client())
        {
            var token = new CancellationToken(true);
            UploadRequest request = world.Request(world.NewFile(10));
            Check.Throws<OperationCanceledException>(() => client.UploadFile(request, null, token));
            Check.That(client.UploadFileAsync(request, null, token).ContinueWith(task => task.IsCanceled).Result, "canceled");
        }
        Check.Equal(0, world.List("/-/log").Count, "requests");
    }

    [Test("a token that is canceled after the end changes nothing")]
    private static void Late(World world)
    {
        string path = world.NewFile(200000);
        using (OssResumableClient client = world.Client())
        using (var source = new CancellationTokenSource())
        {
            client.UploadFile(world.Request(path, "late"), null, source.Token);
            source.Cancel();
        }
        Check.That(world.ObjectEquals("late", path), "the object equals the file");
    }

    [Test("an edited file is not resumed, but sent whole")]
    private static void Edited(World world)
    {
        string path = world.NewFile(1000000);
        world.Rule(Slow);
        // However slow the machine is, the upload has not ended when it is canceled.
        world.Rule("{\"op\":\"UploadPart\",\"part\":10,\"times\":1,\"action\":{\"delay\":{\"ms\":10000}}}");
        using (OssResumableClient client = world.Client())
        {
            UploadRequest request = world.Request(path, "edited");
            request.EnableCheckpoint = true;
            request.VerifyOnResume = VerifyOnResume.Always;
            request.OnProgress = progress =>
            {
                if (progress.TransferredBytes > 300000)
                {
                    throw new TimeoutException();
                }
            };
            Check.Throws<TimeoutException>(() => client.UploadFile(request));
            byte[] bytes = File.ReadAllBytes(path);
            bytes[5] ^= 1;
            File.WriteAllBytes(path, bytes);
            request.OnProgress = null;
            Check.Equal(0L, client.UploadFile(request).ResumedBytes, "resumed");
        }
        Check.That(world.ObjectEquals("edited", path), "the object equals the file");
    }

    [Test("a checkpoint and its file can move, with resume by content")]
    private static void Moved(World world)
    {
        string path = world.NewFile(1000000);
        world.Rule(Slow);
        // However slow the machine is, the upload has not ended when it is canceled.
        world.Rule("{\"op\":\"UploadPart\",\"part\":10,\"times\":1,\"action\":{\"delay\":{\"ms\":10000}}}");
        using (OssResumableClient client = world.Client())
        {
            UploadRequest request = world.Request(path, "moved");
            request.EnableCheckpoint = true;
            request.CheckpointPath = Path.Combine(world.Directory, "moved.ucp");
            request.OnProgress = progress =>
            {
                if (progress.TransferredBytes > 500000)
                {
                    throw new TimeoutException();
                }
            };
            Check.Throws<TimeoutException>(() => client.UploadFile(request));
            File.Copy(path, path + ".copy");
            request.UploadFile = path + ".copy";
            request.ResumeByContent = true;
            request.OnProgress = null;
            Check.That(client.UploadFile(request).ResumedBytes > 300000, "resumed");
        }
        Check.That(world.ObjectEquals("moved", path), "the object equals the file");
    }
}
