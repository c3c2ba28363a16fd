using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OssResumable;

// The conformance program of bindings/README.md: what it takes and prints is written there.
internal static class Conformance
{
    private static readonly object Gate = new object();
    private static readonly Stream Output = Console.OpenStandardOutput();

    private static int Main(string[] arguments)
    {
        var plan = new Plan();
        try
        {
            foreach (string line in File.ReadAllLines(arguments[0], new UTF8Encoding(false, true)))
            {
                if (line.Length > 0)
                {
                    int equals = line.IndexOf('=');
                    plan.Set(line.Substring(0, equals), Decode(line.Substring(equals + 1)));
                }
            }
        }
        catch (ArgumentException wrong)
        {
            Console.Error.WriteLine(wrong.Message);
            return 2;
        }
        OssResumableClient client;
        try
        {
            client = new OssResumableClient(plan.Configuration);
        }
        catch (OssResumableException failure)
        {
            Print("", Failure(failure));
            return 0;
        }
        using (client)
        {
            var runs = new List<Task> { Run(client, plan, plan.Request, "") };
            if (plan.Second != null)
            {
                runs.Add(Run(client, plan, plan.Second, "second."));
            }
            Task.WaitAll(runs.ToArray());
        }
        return 0;
    }

    private static async Task Run(OssResumableClient client, Plan plan, UploadRequest request, string prefix)
    {
        using (var cancel = new CancellationTokenSource())
        {
            var watch = new Watch(client, plan, cancel, prefix.Length == 0);
            List<string> lines;
            try
            {
                if (plan.Discard)
                {
                    await Task.Run(() => client.Discard(request));
                    lines = new List<string> { "outcome=ok" };
                }
                else
                {
                    lines = Success(await client.UploadFileAsync(request, watch, cancel.Token));
                }
            }
            catch (Thrown thrown)
            {
                lines = new List<string> { "outcome=thrown", "thrown=" + Encode(thrown.Message) };
            }
            catch (OperationCanceledException canceled)
            {
                lines = Failure((OssResumableException)canceled.InnerException);
            }
            catch (OssResumableException failure)
            {
                lines = Failure(failure);
            }
            lines.AddRange(watch.Lines());
            Print(prefix, lines);
        }
    }

    private static List<string> Success(UploadResult result)
    {
        var lines = new List<string> { "outcome=ok" };
        Add(lines, "etag", result.ETag);
        Add(lines, "version_id", result.VersionId);
        Add(lines, "upload_id", result.UploadId);
        Add(lines, "request_id", result.RequestId);
        Add(lines, "http_status", Number(result.HttpStatusCode));
        Add(lines, "crc64", Number(result.Crc64));
        Add(lines, "resumed_bytes", Number(result.ResumedBytes));
        Add(lines, "part_size", Number(result.PartSize));
        Add(lines, "parts", Number(result.PartCount));
        Add(lines, "retries", Number(result.Retries));
        Add(lines, "warnings", Number((int)result.Warnings));
        Add(lines, "callback_error", result.CallbackError);
        Add(lines, "body", result.ResponseText);
        foreach (KeyValuePair<string, string> header in result.ResponseHeaders)
        {
            Add(lines, "header." + header.Key, header.Value);
        }
        return lines;
    }

    private static List<string> Failure(OssResumableException failure)
    {
        var lines = new List<string> { "outcome=error" };
        Add(lines, "code", Number((int)failure.Code));
        Add(lines, "message", failure.Message);
        Add(lines, "stage", failure.Stage);
        Add(lines, "part_number", failure.PartNumber == 0 ? null : Number(failure.PartNumber));
        Add(lines, "offset", failure.Offset < 0 ? null : Number(failure.Offset));
        Add(lines, "http_status", failure.HttpStatusCode == 0 ? null : Number(failure.HttpStatusCode));
        Add(lines, "error_code", failure.ErrorCode);
        Add(lines, "request_id", failure.RequestId);
        Add(lines, "host_id", failure.HostId);
        Add(lines, "ec", failure.EC);
        Add(lines, "os_errno", failure.OsError == 0 ? null : Number(failure.OsError));
        Add(lines, "reason", failure.Reason);
        Add(lines, "attempts", failure.Attempts == 0 ? null : Number(failure.Attempts));
        Add(lines, "retryable", failure.IsRetryable ? "1" : "0");
        return lines;
    }

    internal static string Number(IFormattable number)
    {
        return number.ToString(null, CultureInfo.InvariantCulture);
    }

    private static void Add(List<string> lines, string name, string value)
    {
        if (value != null)
        {
            lines.Add(name + "=" + Encode(value));
        }
    }

    private static void Print(string prefix, List<string> lines)
    {
        lock (Gate)
        {
            foreach (string line in lines)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(prefix + line + "\n");
                Output.Write(bytes, 0, bytes.Length);
            }
            Output.Flush();
        }
    }

    private static string Encode(string value)
    {
        return value.Replace("%", "%25").Replace("\n", "%0A").Replace("\r", "%0D");
    }

    private static string Decode(string value)
    {
        return value.Replace("%0D", "\r").Replace("%0A", "\n").Replace("%25", "%");
    }
}

// What the progress callback of action.throw_at throws.
internal sealed class Thrown : Exception
{
    internal Thrown() : base("CONFORMANCE")
    {
    }
}
