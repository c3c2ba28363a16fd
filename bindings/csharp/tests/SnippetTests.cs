using System.Threading;
using System.Threading.Tasks;
using OssResumable;

/// <summary>The README's other snippet: what stands between the markers is printed there as it is.</summary>
internal static class SnippetTests
{
    [Test("the snippet awaits an upload")]
    private static void Await(World world)
    {
        string path = world.NewFile(1000000);
        using (OssResumableClient client = world.Client())
        {
            UploadResult result = Upload(client, world.Request(path), new Recorder(), CancellationToken.None).Result;
            Check.That(result.Crc64 != 0, "a result");
        }
        Check.That(world.ObjectEquals("dir/big.bin", path), "the object equals the file");
    }

    private static async Task<UploadResult> Upload(
        OssResumableClient client, UploadRequest request, Recorder progress, CancellationToken token)
    {
        // snippet: begin
        UploadResult result = await client.UploadFileAsync(request, progress, token);
        // snippet: end
        return result;
    }
}
