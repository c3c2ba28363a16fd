import com.github.ossresumable.OssResumableClient;
import com.github.ossresumable.UploadFileRequest;

/** With this library. usage: Ours ENDPOINT BUCKET KEY FILE */
public class Ours {
  public static void main(String[] args) throws InterruptedException {
    String bucket = args[1], key = args[2], file = args[3];
    try (OssResumableClient client = OssResumableClient.builder().endpoint(args[0]).region("cn-hangzhou")
        .accessKeyId(System.getenv("OSS_ACCESS_KEY_ID"))
        .accessKeySecret(System.getenv("OSS_ACCESS_KEY_SECRET")).build()) {
      // migration: begin
      var result = client.uploadFile(new UploadFileRequest(bucket, key).setUploadFile(file)
          .setPartSize(102400).setTaskNum(3).setEnableCheckpoint(true));
      // migration: end
      System.out.println(result.getETag());
    }
  }
}
