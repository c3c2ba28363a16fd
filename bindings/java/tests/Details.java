import com.github.ossresumable.Callback;
import com.github.ossresumable.OssResumableClient;
import com.github.ossresumable.Upload;
import com.github.ossresumable.UploadFileRequest;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The README's second block, between the markers. usage: ENDPOINT BUCKET KEY FILE CALLBACK_URL SECONDS */
public class Details {
  // snippet: begin
  static boolean upload(OssResumableClient client, String bucket, String key, String file, String url,
      long seconds) throws InterruptedException, ExecutionException {
    Upload upload = client.uploadFileAsync(new UploadFileRequest(bucket, key)
        .setUploadFile(file).setEnableCheckpoint(true)
        .setHeader("Content-Type", "video/mp4").addUserMetadata("owner", "me")
        .setCallback(new Callback().setCallbackUrl(url) // when the object is stored
            .setCallbackBody("key=${object}&size=${size}"))
        .setProgressListener((consumed, total) -> System.out.println(consumed + " of " + total + " bytes")));
    try {
      byte[] answer = upload.get(seconds, TimeUnit.SECONDS).getBody();
      System.out.println("the receiver answered: " + new String(answer, StandardCharsets.UTF_8));
      return true;
    } catch (TimeoutException e) {
      upload.cancel(true);
      upload.whenEnded().join();
      System.out.println("canceled: the same call goes on where this one stopped");
      return false;
    }
  }
  // snippet: end

  public static void main(String[] args) throws Exception {
    boolean isStored;
    try (OssResumableClient client = OssResumableClient.builder().endpoint(args[0]).region("cn-hangzhou")
        .accessKeyId(System.getenv("OSS_ACCESS_KEY_ID"))
        .accessKeySecret(System.getenv("OSS_ACCESS_KEY_SECRET")).build()) {
      isStored = upload(client, args[1], args[2], args[3], args[4], Long.parseLong(args[5]));
    }
    System.exit(isStored ? 0 : 1);
  }
}
