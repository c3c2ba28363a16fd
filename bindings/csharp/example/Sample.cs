// The README's sample, a program of its own. OssUpload.cs is the longer one.
// sample: begin
using System;
using OssResumable;

static class Sample
{
    static void Main()
    {
        var configuration = new OssResumableConfiguration
        {
            Endpoint = Environment.GetEnvironmentVariable("OSS_ENDPOINT"), // "oss-cn-hangzhou.aliyuncs.com"
            Region = "cn-hangzhou",
            AccessKeyId = Environment.GetEnvironmentVariable("OSS_ACCESS_KEY_ID"),
            AccessKeySecret = Environment.GetEnvironmentVariable("OSS_ACCESS_KEY_SECRET"),
        };
        using (var client = new OssResumableClient(configuration))
        {
            var request = new UploadRequest("examplebucket", "dir/big.bin", "big.bin")
            {
                PartSize = UploadRequest.Auto,
                ParallelThreadCount = UploadRequest.Auto,
                EnableCheckpoint = true, // run it again after a failure, and only what is missing is sent
            };
            UploadResult result = client.UploadFile(request);
            Console.WriteLine("stored, crc64 " + result.Crc64);
        }
    }
}
// sample: end
