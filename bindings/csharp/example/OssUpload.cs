using System;
using System.Linq;
using System.Threading;
using OssResumable;

// oss-upload: uploads one file to Alibaba Cloud OSS and resumes where an earlier run stopped.
internal static class OssUpload
{
    private static int Main(string[] arguments)
    {
        if (arguments.TakeWhile(argument => argument != "--").Contains("--help"))
        {
            Console.Out.Write(Options.Help);
            return 0;
        }
        if (arguments.Length == 0)
        {
            Console.Error.Write(Options.Usage);
            return 2;
        }
        try
        {
            return Upload(Options.Parse(arguments));
        }
        catch (UsageException wrong)
        {
            Say(wrong.Message + " (see oss-upload --help)");
            return 2;
        }
        catch (DllNotFoundException missing)
        {
            Say(missing.Message);
            return 1;
        }
    }

    private static int Upload(Options options)
    {
        using (var cancel = new CancellationTokenSource())
        {
            ConsoleCancelEventHandler onCtrlC = (sender, e) =>
            {
                // The first one cancels; the second one ends the program.
                e.Cancel = !cancel.IsCancellationRequested;
                cancel.Cancel();
            };
            Console.CancelKeyPress += onCtrlC;
            try
            {
                using (var client = new OssResumableClient(options.Configuration))
                {
                    options.Request.OnProgress = new Display().Show;
                    return Report(client.UploadFile(options.Request, null, cancel.Token));
                }
            }
            catch (OperationCanceledException canceled)
            {
                return Report((OssResumableException)canceled.InnerException);
            }
            catch (OssResumableException failure)
            {
                return Report(failure);
            }
            finally
            {
                Console.CancelKeyPress -= onCtrlC;
            }
        }
    }

    private static int Report(UploadResult result)
    {
        Warn(result.Warnings);
        Console.Out.WriteLine(
            "etag={0} crc64={1} request_id={2} resumed_bytes={3}",
            OrDash(result.ETag), result.Crc64, OrDash(result.RequestId), result.ResumedBytes);
        return 0;
    }

    private static int Report(OssResumableException failure)
    {
        if (failure == null)
        {
            Say("canceled before anything was sent");
            return 130;
        }
        Warn(failure.Warnings);
        Say(string.Format(
            "E_{0} oss_code={1} request_id={2}: {3}",
            Name(failure.Code), OrDash(failure.ErrorCode), OrDash(failure.RequestId), failure.Message));
        switch (failure.Code)
        {
            case OssResumableCode.InvalidArgument:
                return 2;
            case OssResumableCode.File:
            case OssResumableCode.FileChanged:
                return 4;
            case OssResumableCode.Checkpoint:
                return 5;
            case OssResumableCode.Network:
                return 3;
            case OssResumableCode.CommitUnknown:
                return 6;
            case OssResumableCode.Canceled:
                return 130;
            case OssResumableCode.Service:
            case OssResumableCode.Credentials:
                return failure.IsRetryable ? 3 : 1;
            default:
                return 1;
        }
    }

    // FileChanged -> FILE_CHANGED, as the other languages' examples write it.
    private static string Name(OssResumableCode code)
    {
        string name = code.ToString();
        return string.Concat(name.Select((c, at) => at > 0 && char.IsUpper(c) ? "_" + c : c.ToString()))
            .ToUpperInvariant();
    }

    private static void Warn(UploadWarnings warnings)
    {
        if (warnings != UploadWarnings.None)
        {
            Say("warning: " + warnings);
        }
    }

    private static string OrDash(string text)
    {
        return string.IsNullOrEmpty(text) ? "-" : OnOneLine(text);
    }

    // Text of others, in which nothing may steer the terminal or break the line.
    private static string OnOneLine(string text)
    {
        return new string(text.Select(c => char.IsControl(c) ? ' ' : c).ToArray());
    }

    private static void Say(string text)
    {
        Console.Error.WriteLine("oss-upload: " + OnOneLine(text));
    }
}

// Progress on stderr, at most once a second, and at the end.
internal sealed class Display
{
    private DateTime last = DateTime.MinValue;

    internal void Show(UploadProgress progress)
    {
        bool ended = progress.TransferredBytes == progress.TotalBytes;
        if (!ended && DateTime.UtcNow - last < TimeSpan.FromSeconds(1))
        {
            return;
        }
        last = DateTime.UtcNow;
        Console.Error.WriteLine(
            "oss-upload: {0,3}% {1}/{2} parts, {3} retries",
            progress.PercentDone, progress.PartsDone, progress.PartsTotal, progress.Retries);
    }
}
