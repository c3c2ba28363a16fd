// With this library. usage: Ours ENDPOINT BUCKET KEY FILE
using System;
using System.IO;
using OssResumable;

internal static class Ours
{
    private static void Main(string[] arguments)
    {
        string bucket = arguments[1], key = arguments[2], file = arguments[3], dir = Path.GetDirectoryName(file);
        var configuration = new OssResumableConfiguration
        {
            Endpoint = arguments[0],
            Region = "cn-hangzhou",
            AccessKeyId = Environment.GetEnvironmentVariable("OSS_ACCESS_KEY_ID"),
            AccessKeySecret = Environment.GetEnvironmentVariable("OSS_ACCESS_KEY_SECRET"),
        };
        using (var client = new OssResumableClient(configuration))
        {
            // migration: begin
            var result = client.UploadFile(new UploadRequest(bucket, key, file) {
                PartSize = 102400, ParallelThreadCount = 3, EnableCheckpoint = true, CheckpointPath = dir });
            // migration: end
            Console.WriteLine(result.ETag);
        }
    }
}
