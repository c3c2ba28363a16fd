// The README's second block, between the markers. usage: Details ENDPOINT BUCKET KEY FILE CALLBACK_URL SECONDS
using System;
using System.Threading;
using System.Threading.Tasks;
using OssResumable;

internal static class Details
{
    private static int Main(string[] arguments)
    {
        var configuration = new OssResumableConfiguration
        {
            Endpoint = arguments[0],
            Region = "cn-hangzhou",
            AccessKeyId = Environment.GetEnvironmentVariable("OSS_ACCESS_KEY_ID"),
            AccessKeySecret = Environment.GetEnvironmentVariable("OSS_ACCESS_KEY_SECRET"),
        };
        using (var client = new OssResumableClient(configuration))
        {
            var limit = TimeSpan.FromSeconds(int.Parse(arguments[5]));
            bool isStored = Upload(client, arguments[1], arguments[2], arguments[3], arguments[4], limit).Result;
            return isStored ? 0 : 1;
        }
    }

    // snippet: begin
    static async Task<bool> Upload(
        OssResumableClient client, string bucket, string key, string file, string url, TimeSpan limit)
    {
        var request = new UploadRequest(bucket, key, file)
        {
            EnableCheckpoint = true,
            Headers = { { "Content-Type", "video/mp4" }, { "x-oss-meta-owner", "me" } },
            Callback = new UploadCallback { Url = url, Body = "key=${object}&size=${size}" }, // when it is stored
            OnProgress = at => Console.WriteLine(at.TransferredBytes + " of " + at.TotalBytes + " bytes"),
        };
        using (var cancel = new CancellationTokenSource(limit))
        {
            try
            {
                UploadResult result = await client.UploadFileAsync(request, null, cancel.Token);
                Console.WriteLine("the receiver answered: " + result.ResponseText);
                return true;
            }
            catch (OperationCanceledException)
            {
                Console.WriteLine("canceled: the same call goes on where this one stopped");
                return false;
            }
        }
    }
    // snippet: end
}
