import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.common.auth.CredentialsProviderFactory;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.UploadFileRequest;

/** With the official SDK. usage: Official ENDPOINT BUCKET KEY FILE */
public class Official {
  public static void main(String[] args) throws Throwable {
    String bucket = args[1], key = args[2], file = args[3];
    ClientBuilderConfiguration configuration = new ClientBuilderConfiguration();
    configuration.setSignatureVersion(SignVersion.V4);
    configuration.setSLDEnabled(true);
    OSS ossClient = OSSClientBuilder.create().endpoint(args[0]).region("cn-hangzhou")
        .credentialsProvider(CredentialsProviderFactory.newEnvironmentVariableCredentialsProvider())
        .clientConfiguration(configuration).build();
    try {
      // migration: begin
      var result = ossClient.uploadFile(new UploadFileRequest(bucket, key, file, 102400, 3, true));
      // migration: end
      System.out.println(result.getMultipartUploadResult().getETag());
    } finally {
      ossClient.shutdown();
    }
  }
}
