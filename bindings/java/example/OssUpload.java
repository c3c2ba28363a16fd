import com.github.ossresumable.CredentialsSource;
import com.github.ossresumable.OssResumableClient;
import com.github.ossresumable.OssResumableClientBuilder;
import com.github.ossresumable.OssResumableException;
import com.github.ossresumable.SignVersion;
import com.github.ossresumable.Stage;
import com.github.ossresumable.Upload;
import com.github.ossresumable.UploadFileRequest;
import com.github.ossresumable.UploadProgress;
import com.github.ossresumable.UploadResult;
import com.github.ossresumable.Warning;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Uploads one file to Alibaba Cloud OSS and resumes where an earlier run stopped. */
public final class OssUpload {
  private static final String PROGRAM = "oss-upload";
  private static final int DONE = 0;
  private static final int FOR_GOOD = 1;
  private static final int USAGE = 2;
  private static final int TRY_AGAIN = 3;
  private static final int FILE = 4;
  private static final int CHECKPOINT = 5;
  private static final int COMMIT_UNKNOWN = 6;
  private static final int CANCELED = 130;

  private static final String HELP =
      "usage: oss-upload FILE oss://BUCKET/KEY --region REGION [option]...\n"
          + "\n"
          + "Uploads FILE to OSS in parts. Run the same command again after a failure, a Ctrl-C or\n"
          + "a crash, and only what is missing is sent.\n"
          + "\n"
          + "  --region REGION          such as cn-hangzhou (default: what the endpoint tells)\n"
          + "  --endpoint URL           [http://|https://]host[:port] (default: the region's)\n"
          + "  --part-size BYTES|auto   102400 to 5368709120 (default: auto)\n"
          + "  --threads N|auto         parts in flight, 1 to 1024 (default: auto)\n"
          + "  --checkpoint PATH        a file, or an existing directory (default: FILE.ucp)\n"
          + "  --no-checkpoint          do not resume, and leave nothing to resume from\n"
          + "  --sign v1|v4             the signature version (default: v4)\n"
          + "  --header 'Name: value'   a header of the object; may be repeated\n"
          + "  --help                   show this and exit\n"
          + "  --                       what follows is not an option\n"
          + "\n"
          + "Credentials: OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and, for temporary ones,\n"
          + "OSS_SESSION_TOKEN in the environment; else OIDC (RRSA), the profile of the Alibaba\n"
          + "Cloud CLI, or the RAM role of the ECS instance. Proxy: https_proxy, no_proxy.\n"
          + "\n"
          + "Ctrl-C (or SIGTERM) stops the upload and keeps the checkpoint.\n"
          + "\n"
          + "Exit codes: 0 uploaded; 1 failed for good; 2 wrong usage or argument; 3 network or\n"
          + "OSS (429, 5xx) failed, try again later; 4 FILE cannot be read or changed; 5 the\n"
          + "checkpoint is in use or unusable; 6 unknown whether stored, try again; 130 canceled\n";

  private final OssResumableClientBuilder settings =
      OssResumableClient.builder()
          .credentials(CredentialsSource.automatic())
          .proxyFromEnvironment(true);
  private UploadFileRequest request;
  private volatile Upload upload;

  private static final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
      super(message);
    }
  }

  public static void main(String[] args) {
    for (String arg : args) {
      if (arg.equals("--")) {
        break;
      }
      if (arg.equals("--help")) {
        System.out.print(HELP);
        return;
      }
    }
    OssUpload program = new OssUpload();
    int status;
    try {
      program.parse(args);
      Thread stop = new Thread(program::stop);
      Runtime.getRuntime().addShutdownHook(stop);
      status = program.run();
      removeHook(stop);
    } catch (UsageException e) {
      System.err.println(PROGRAM + ": " + e.getMessage() + " (see " + PROGRAM + " --help)");
      status = USAGE;
    }
    System.exit(status);
  }

  /** On Ctrl-C or SIGTERM: ends the upload before the JVM ends. */
  private void stop() {
    Upload running = upload;
    if (running != null) {
      running.cancel(true);
      running.whenEnded().join();
    }
    System.err.println(PROGRAM + ": canceled");
    Runtime.getRuntime().halt(CANCELED);
  }

  /** Once the JVM is ending it is too late, and {@link #stop} says how the program ended. */
  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      try {
        hook.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  // ---- Arguments --------------------------------------------------------------------------------

  private void parse(String[] args) throws UsageException {
    String file = null;
    String target = null;
    boolean known = false;
    boolean checkpoint = true;
    boolean onlyPositional = false;
    String checkpointFile = null;
    long partSize = UploadFileRequest.AUTO;
    int threads = UploadFileRequest.AUTO;
    java.util.List<String> headers = new java.util.ArrayList<>();
    for (int i = 0; i < args.length; i++) {
      String name = args[i];
      if (onlyPositional || !name.startsWith("-")) {
        if (file == null) {
          file = name;
        } else if (target == null) {
          target = name;
        } else {
          throw new UsageException("one argument too many: '" + name + "'");
        }
        continue;
      }
      if (name.equals("--")) {
        onlyPositional = true;
        continue;
      }
      if (name.equals("--no-checkpoint")) {
        checkpoint = false;
        continue;
      }
      String value;
      int equals = name.indexOf('=');
      if (equals > 0) {
        value = name.substring(equals + 1);
        name = name.substring(0, equals);
      } else if (i + 1 < args.length) {
        value = args[++i];
      } else {
        throw new UsageException("'" + name + "' is no option, or needs a value");
      }
      switch (name) {
        case "--endpoint": settings.endpoint(value); known = true; break;
        case "--region": settings.region(value); known = true; break;
        case "--checkpoint": checkpointFile = value; break;
        case "--header": headers.add(value); break;
        case "--part-size": partSize = number(name, value, Long.MAX_VALUE); break;
        case "--threads": threads = (int) number(name, value, Integer.MAX_VALUE); break;
        case "--sign":
          if (!value.equals("v1") && !value.equals("v4")) {
            throw new UsageException("--sign: '" + value + "' is neither v1 nor v4");
          }
          settings.signatureVersion(SignVersion.valueOf(value.toUpperCase(Locale.ROOT)));
          break;
        default:
          throw new UsageException("unknown option '" + name + "'");
      }
    }
    if (file == null || target == null) {
      throw new UsageException("FILE and oss://BUCKET/KEY are required");
    }
    if (!known) {
      throw new UsageException("--endpoint or --region is required");
    }
    if (!checkpoint && checkpointFile != null) {
      throw new UsageException("--checkpoint and --no-checkpoint exclude each other");
    }
    request =
        target(target)
            .setUploadFile(file)
            .setPartSize(partSize)
            .setTaskNum(threads)
            .setEnableCheckpoint(checkpoint)
            .setCheckpointFile(checkpointFile);
    for (String header : headers) {
      int colon = header.indexOf(':');
      if (colon <= 0) {
        // The text is not repeated: the value of a header may be a secret.
        throw new UsageException("--header: expected 'Name: value'");
      }
      request.setHeader(header.substring(0, colon), header.substring(colon + 1).trim());
    }
  }

  private static UploadFileRequest target(String text) throws UsageException {
    if (!text.startsWith("oss://")) {
      throw new UsageException("'" + text + "' does not begin with oss://");
    }
    String rest = text.substring("oss://".length());
    int slash = rest.indexOf('/');
    if (slash <= 0 || slash + 1 == rest.length()) {
      throw new UsageException("'" + text + "' is not of the form oss://BUCKET/KEY");
    }
    return new UploadFileRequest(rest.substring(0, slash), rest.substring(slash + 1));
  }

  private static long number(String option, String text, long most) throws UsageException {
    if (text.equals("auto")) {
      return UploadFileRequest.AUTO;
    }
    try {
      long value = text.matches("[0-9]+") ? Long.parseLong(text) : 0;
      if (value >= 1 && value <= most) {
        return value;
      }
    } catch (NumberFormatException tooBig) {
      // Said below.
    }
    throw new UsageException(
        option + ": '" + text + "' is neither a number from 1 to " + most + " nor 'auto'");
  }

  // ---- The upload -------------------------------------------------------------------------------

  private int run() {
    try (OssResumableClient client = settings.build()) {
      upload = client.uploadFileAsync(request);
      UploadResult result = watch();
      print(result.getWarnings());
      System.out.println(
          "etag=" + result.getETag()
              + " crc64=" + Long.toUnsignedString(result.getCrc64())
              + " request_id=" + result.getRequestId()
              + " resumed_bytes=" + result.getResumedBytes());
      if (System.out.checkError()) {
        System.err.println(PROGRAM + ": the object is stored, but stdout cannot be written");
        return FOR_GOOD;
      }
      return DONE;
    } catch (OssResumableException e) {
      return report(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof OssResumableException) {
        return report((OssResumableException) e.getCause());
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException | java.util.concurrent.CancellationException e) {
      return CANCELED;
    }
  }

  /** Waits for the end and shows progress, on a terminal in place, else once a second. */
  private UploadResult watch() throws ExecutionException, InterruptedException {
    boolean terminal = System.console() != null;
    while (true) {
      try {
        UploadResult result = upload.get(terminal ? 200 : 1000, TimeUnit.MILLISECONDS);
        show(terminal);
        if (terminal) {
          System.err.println();
        }
        return result;
      } catch (TimeoutException running) {
        show(terminal);
      }
    }
  }

  private void show(boolean terminal) {
    UploadProgress progress = upload.getProgress();
    if (progress.getTotalBytes() == 0 && progress.getStage() != Stage.DONE) {
      return;
    }
    long percent =
        progress.getTotalBytes() == 0
            ? 100
            : (long) (100.0 * progress.getConsumedBytes() / progress.getTotalBytes());
    String line =
        String.format(
            Locale.ROOT,
            "%3d%%  %d/%d parts  %d retries  %s",
            percent,
            progress.getPartsDone(),
            progress.getPartsTotal(),
            progress.getRetries(),
            progress.getStage().toString().toLowerCase(Locale.ROOT));
    System.err.print(terminal ? "\r\033[K" + line : PROGRAM + ": " + line + "\n");
    System.err.flush();
  }

  private static void print(Iterable<Warning> warnings) {
    for (Warning warning : warnings) {
      System.err.println(PROGRAM + ": warning: " + warning);
    }
  }

  private static int report(OssResumableException e) {
    print(e.getWarnings());
    System.err.println(
        PROGRAM + ": E_" + e.getCode()
            + " oss_code=" + orDash(e.getErrorCode())
            + " request_id=" + orDash(e.getRequestId())
            + ": " + onOneLine(e.getMessage()));
    switch (e.getCode()) {
      case INVALID_ARGUMENT: return USAGE;
      case FILE: case FILE_CHANGED: return FILE;
      case CHECKPOINT: return CHECKPOINT;
      case NETWORK: return TRY_AGAIN;
      case COMMIT_UNKNOWN: return COMMIT_UNKNOWN;
      case CANCELED: return CANCELED;
      case SERVICE: case CREDENTIALS: return e.isRetryable() ? TRY_AGAIN : FOR_GOOD;
      default: return FOR_GOOD;
    }
  }

  /** Text of others, in which nothing may steer the terminal. */
  private static String onOneLine(String text) {
    return text.replaceAll("[\\x00-\\x1f\\x7f]", " ");
  }

  private static String orDash(String text) {
    return text == null || text.isEmpty() ? "-" : onOneLine(text);
  }
}
