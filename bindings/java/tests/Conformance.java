import com.github.ossresumable.Callback;
import com.github.ossresumable.CredentialsSource;
import com.github.ossresumable.OssResumableClient;
import com.github.ossresumable.OssResumableClientBuilder;
import com.github.ossresumable.OssResumableException;
import com.github.ossresumable.UploadFileRequest;
import com.github.ossresumable.UploadResult;
import com.github.ossresumable.VerifyOnResume;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The conformance program of bindings/README.md. */
public final class Conformance {
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final OssResumableClientBuilder builder = OssResumableClient.builder();
  private final Map<String, String> headers = new LinkedHashMap<>();
  private final Map<String, String> variables = new LinkedHashMap<>();
  private CredentialsSource credentials;
  private OssResumableClient client;

  public static void main(String[] args) throws Exception {
    Conformance conformance = new Conformance();
    try {
      conformance.read(args[0]);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
    conformance.run();
  }

  private void read(String path) throws IOException {
    for (String line : Files.readAllLines(Paths.get(path), StandardCharsets.UTF_8)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        settings.put(line.substring(0, equals), decode(line.substring(equals + 1)));
      }
    }
    settings.forEach(this::configure);
  }

  private void configure(String name, String value) {
    if (name.startsWith("upload.header.")) {
      headers.put(name.substring("upload.header.".length()), value);
      return;
    }
    if (name.startsWith("upload.callback.var.")) {
      variables.put("x:" + name.substring("upload.callback.var.".length()), value);
      return;
    }
    if (name.startsWith("credentials.")) {
      configureCredentials(name, value);
      return;
    }
    switch (name) {
      case "config.endpoint": builder.endpoint(value); return;
      case "config.region": builder.region(value); return;
      case "config.access_key_id": builder.accessKeyId(value); return;
      case "config.access_key_secret": builder.accessKeySecret(value); return;
      case "config.sts_token": builder.securityToken(value); return;
      case "config.connect_timeout_ms": builder.connectTimeoutMs(Integer.parseInt(value)); return;
      case "config.stall_timeout_ms": builder.stallTimeoutMs(Integer.parseInt(value)); return;
      case "config.retry_timeout_ms": builder.retryTimeoutMs(Integer.parseInt(value)); return;
      case "config.max_retries": builder.maxRetries(Integer.parseInt(value)); return;
      case "config.bandwidth_limit": builder.bandwidthLimit(Long.parseLong(value)); return;
      case "config.user_agent": builder.userAgent(value); return;
      case "upload.bucket": case "upload.object": case "upload.file":
      case "upload.part_size": case "upload.thread_num":
      case "upload.enable_checkpoint": case "upload.checkpoint_path":
      case "upload.verify_on_resume": case "upload.resume_by_content":
      case "upload.callback.url": case "upload.callback.host":
      case "upload.callback.body": case "upload.callback.body_type":
      case "second.bucket": case "second.object": case "second.file":
      case "action.cancel_at": case "action.throw_at": case "action.gc": case "action.discard":
      case "action.new_credentials_at": case "action.new_access_key_id":
      case "action.new_access_key_secret": case "action.new_sts_token":
        return;
      default:
        throw new IllegalArgumentException("unknown name: " + name);
    }
  }

  private void configureCredentials(String name, String value) {
    if (credentials == null) {
      String provider = settings.get("credentials.provider");
      credentials = provider == null ? CredentialsSource.automatic() : CredentialsSource.of(provider);
      builder.credentials(credentials);
    }
    switch (name) {
      case "credentials.provider": return;
      case "credentials.profile_file": credentials.profileFile(value); return;
      case "credentials.profile_name": credentials.profileName(value); return;
      case "credentials.process": credentials.process(value); return;
      case "credentials.role_name": credentials.roleName(value); return;
      case "credentials.metadata_endpoint": credentials.metadataEndpoint(value); return;
      case "credentials.role_arn": credentials.roleArn(value); return;
      case "credentials.oidc_provider_arn": credentials.oidcProviderArn(value); return;
      case "credentials.oidc_token_file": credentials.oidcTokenFile(value); return;
      case "credentials.role_session_name": credentials.roleSessionName(value); return;
      case "credentials.sts_endpoint": credentials.stsEndpoint(value); return;
      default:
        throw new IllegalArgumentException("unknown name: " + name);
    }
  }

  private void run() throws Exception {
    Run first = new Run("");
    List<Run> runs = new ArrayList<>();
    runs.add(first);
    if (settings.containsKey("second.object")) {
      runs.add(new Run("second."));
    }
    try (OssResumableClient made = builder.build()) {
      client = made;
      List<Thread> threads = new ArrayList<>();
      for (Run run : runs) {
        threads.add(new Thread(run));
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (OssResumableException e) {
      first.print(e);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Run run : runs) {
      bytes.write(run.lines.toString().getBytes(StandardCharsets.UTF_8));
    }
    PrintStream out = System.out;
    out.write(bytes.toByteArray(), 0, bytes.size());
    out.flush();
  }

  private long number(String name, long missing) {
    String value = settings.get(name);
    if (value == null) {
      return missing;
    }
    return value.equals("auto") ? UploadFileRequest.AUTO : Long.parseLong(value);
  }

  private static String decode(String value) {
    return value.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%");
  }

  private static String encode(String value) {
    return value.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D");
  }

  private static final class Thrown extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Thrown() {
      super("CONFORMANCE");
    }
  }

  /** One upload, on a thread of its own. */
  private final class Run implements Runnable {
    final StringBuilder lines = new StringBuilder();
    private final String prefix;
    private final long cancelAt;
    private final long throwAt;
    private final long newCredentialsAt;
    private final long collections;
    private long collected;
    private long collecting;
    private boolean credentialsSet;
    private long calls;
    private long last;
    private long total;
    private boolean monotonic = true;

    Run(String prefix) {
      this.prefix = prefix;
      cancelAt = actionAt("action.cancel_at");
      throwAt = actionAt("action.throw_at");
      newCredentialsAt = actionAt("action.new_credentials_at");
      collections = prefix.isEmpty() ? number("action.gc", 0) : 0;
    }

    /** Actions are for the first upload; the second one shows that it is left alone. */
    private long actionAt(String name) {
      return prefix.isEmpty() ? number(name, Long.MAX_VALUE) : Long.MAX_VALUE;
    }

    private String target(String name) {
      return settings.get((prefix.isEmpty() ? "upload." : prefix) + name);
    }

    private UploadFileRequest request() {
      UploadFileRequest request =
          new UploadFileRequest(target("bucket"), target("object"))
              .setUploadFile(target("file"))
              .setPartSize(number("upload.part_size", 0))
              .setTaskNum((int) number("upload.thread_num", 0))
              .setEnableCheckpoint(number("upload.enable_checkpoint", 0) != 0)
              .setCheckpointFile(settings.get("upload.checkpoint_path"))
              .setVerifyOnResume(
                  VerifyOnResume.values()[(int) number("upload.verify_on_resume", 0)])
              .setResumeByContent(number("upload.resume_by_content", 0) != 0)
              .setProgressListener(this::progress);
      headers.forEach(request::setHeader);
      if (settings.containsKey("upload.callback.url")) {
        Callback callback =
            new Callback()
                .setCallbackUrl(settings.get("upload.callback.url"))
                .setCallbackHost(settings.get("upload.callback.host"))
                .setCallbackBody(settings.get("upload.callback.body"))
                .setCallbackBodyType(settings.get("upload.callback.body_type"));
        variables.forEach(callback::addCallbackVar);
        request.setCallback(callback);
      }
      return request;
    }

    private void progress(long consumed, long size) {
      calls++;
      monotonic &= consumed >= last && consumed <= size;
      last = consumed;
      total = size;
      collect();
      if (consumed >= newCredentialsAt && !credentialsSet) {
        credentialsSet = true;
        client.setCredentials(
            settings.get("action.new_access_key_id"),
            settings.get("action.new_access_key_secret"),
            settings.get("action.new_sts_token"));
      }
      if (consumed >= cancelAt) {
        Thread.currentThread().interrupt();
      }
      if (consumed >= throwAt) {
        throw new Thrown();
      }
    }

    /**
     * Spread over the calls, while parts are on their way: the bandwidth limit keeps the upload from
     * ending before the last of them.
     */
    private void collect() {
      if (collected == collections) {
        return;
      }
      collecting++;
      for (int at = 0; at < 500 && collected < collections; at++) {
        collected++;
        System.gc();
      }
      if (collected == collections) {
        client.setBandwidthLimit(0);
      }
    }

    @Override
    public void run() {
      try {
        if (number("action.discard", 0) != 0) {
          client.discard(request());
          print("outcome", "ok");
          return;
        }
        print(client.uploadFile(request()));
      } catch (OssResumableException e) {
        print(e);
      } catch (InterruptedException e) {
        print((OssResumableException) e.getCause());
      } catch (Thrown e) {
        print("outcome", "thrown");
        print("thrown", e.getMessage());
      }
      print("progress.calls", calls);
      print("progress.last", last);
      print("progress.total", total);
      print("progress.monotonic", monotonic ? 1 : 0);
      if (collections > 0) {
        print("collections", collected);
        print("collections.calls", collecting);
      }
    }

    void print(OssResumableException e) {
      print("outcome", "error");
      print("code", e.getCodeNumber());
      print("message", e.getMessage());
      print("stage", e.getStage());
      printUnless("part_number", e.getPartNumber(), 0);
      printUnless("offset", e.getOffset(), -1);
      printUnless("http_status", e.getHttpStatus(), 0);
      print("error_code", e.getErrorCode());
      print("request_id", e.getRequestId());
      print("host_id", e.getHostId());
      print("ec", e.getEC());
      printUnless("os_errno", e.getOsErrno(), 0);
      print("reason", e.getReason());
      printUnless("attempts", e.getAttempts(), 0);
      print("retryable", e.isRetryable() ? 1 : 0);
    }

    private void print(UploadResult result) {
      print("outcome", "ok");
      print("etag", result.getETag());
      print("version_id", result.getVersionId());
      print("upload_id", result.getUploadId());
      print("crc64", Long.toUnsignedString(result.getCrc64()));
      print("resumed_bytes", result.getResumedBytes());
      print("part_size", result.getPartSize());
      print("parts", result.getParts());
      print("retries", result.getRetries());
      print("warnings", result.getWarningBits());
      print("callback_error", result.getCallbackError());
      if (result.getBody().length > 0) {
        print("body", new String(result.getBody(), StandardCharsets.UTF_8));
      }
      result.getHeaders().forEach((name, value) -> print("header." + name, value));
    }

    private void printUnless(String name, long value, long nothing) {
      if (value != nothing) {
        print(name, value);
      }
    }

    private void print(String name, long value) {
      print(name, Long.toString(value));
    }

    private void print(String name, String value) {
      if (value != null) {
        lines.append(prefix).append(name).append('=').append(encode(value)).append('\n');
      }
    }
  }
}
