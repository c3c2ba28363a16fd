// sample: begin
import com.github.ossresumable.*;

public class Sample {
  public static void main(String[] args) throws InterruptedException {
    try (OssResumableClient client = OssResumableClient.builder()
        .endpoint(System.getenv("OSS_ENDPOINT")) // such as "oss-cn-hangzhou.aliyuncs.com"
        .region("cn-hangzhou")
        .accessKeyId(System.getenv("OSS_ACCESS_KEY_ID"))
        .accessKeySecret(System.getenv("OSS_ACCESS_KEY_SECRET")).build()) {
      UploadResult result = client.uploadFile(new UploadFileRequest("examplebucket", "dir/big.bin")
          .setUploadFile("big.bin").setPartSize(UploadFileRequest.AUTO)
          .setTaskNum(UploadFileRequest.AUTO).setEnableCheckpoint(true));
      System.out.println("stored, crc64 " + Long.toUnsignedString(result.getCrc64()));
    }
  }
}
// sample: end
