package com.github.ossresumable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@Order(2)
@Timeout(60)
class UploadTest {
  private static final int PART = 102400;
  private static final String BUCKET = "examplebucket";

  /** Makes an upload last long enough to do something to it. */
  private static final String SLOW =
      "{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":100}}}";

  private static TestServer server;

  @TempDir Path dir;
  private Path file;
  private byte[] content;

  @BeforeAll
  static void startServer() throws IOException {
    server = new TestServer();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void prepare() throws IOException {
    server.reset();
    file = dir.resolve("big.bin");
    content = new byte[10 * PART + 123];
    new Random(7).nextBytes(content);
    Files.write(file, content);
  }

  private UploadFileRequest request(String key) {
    return new UploadFileRequest(BUCKET, key)
        .setUploadFile(file.toString())
        .setPartSize(PART)
        .setTaskNum(2);
  }

  private long progressThenCancel(String key) {
    AtomicReference<Long> seen = new AtomicReference<>(0L);
    try (OssResumableClient client = server.builder().build()) {
      InterruptedException interruption =
          assertThrows(
              InterruptedException.class,
              () ->
                  client.uploadFile(
                      request(key)
                          .setEnableCheckpoint(true)
                          .setProgressListener(
                              (consumed, total) -> {
                                seen.set(consumed);
                                if (consumed >= 3 * PART) {
                                  Thread.currentThread().interrupt();
                                }
                              })));
      OssResumableException cause = (OssResumableException) interruption.getCause();
      assertEquals(ErrorCode.CANCELED, cause.getCode());
      assertFalse(Thread.currentThread().isInterrupted());
    }
    return seen.get();
  }

  @Test
  void an_upload_stores_the_file_and_tells_what_was_stored() throws Exception {
    try (OssResumableClient client = server.builder().build()) {
      UploadResult result = client.uploadFile(request("plain"));
      assertArrayEquals(content, server.object("plain"));
      Object stored = server.objects("plain").get(0);
      assertEquals(Json.get(stored, "crc64"), Long.toUnsignedString(result.getCrc64()));
      assertEquals(Json.get(stored, "etag"), result.getETag());
      assertEquals(11, result.getParts());
      assertEquals(PART, result.getPartSize());
      assertEquals(11, server.requests("UploadPart", "plain"));
      assertEquals(200, result.getHttpStatus());
      assertNotNull(result.getUploadId());
      assertEquals(result.getRequestId(), result.getHeaders().get("x-oss-request-id"));
      assertEquals(Collections.emptySet(), result.getWarnings());
      assertEquals(0, result.getResumedBytes());
    }
  }

  @Test
  void what_is_not_set_is_the_engines_default() throws Exception {
    try (OssResumableClient client = server.builder().build()) {
      UploadResult result =
          client.uploadFile(
              new UploadFileRequest(BUCKET, "defaults").setUploadFile(file.toString()));
      assertEquals(102400, result.getPartSize());
      assertFalse(Files.exists(Paths.get(file + ".ucp")));
      result =
          client.uploadFile(
              request("auto").setPartSize(UploadFileRequest.AUTO).setTaskNum(UploadFileRequest.AUTO));
      assertEquals(4 << 20, result.getPartSize());
      assertArrayEquals(content, server.object("auto"));
    }
  }

  @Test
  void bytes_are_uploaded_like_a_file_even_none() throws Exception {
    try (OssResumableClient client = server.builder().build()) {
      for (byte[] bytes : new byte[][] {content, {1, 0, 2}, {}}) {
        UploadFileRequest request =
            new UploadFileRequest(BUCKET, "bytes" + bytes.length).setUploadBytes(bytes);
        client.uploadFile(request);
        assertArrayEquals(bytes, server.object("bytes" + bytes.length));
      }
    }
  }

  @Test
  void after_an_interrupt_the_checkpoint_is_kept_and_only_the_rest_is_sent() throws Exception {
    server.rule(SLOW);
    progressThenCancel("resumed");
    assertTrue(Files.exists(Paths.get(file + ".ucp")));
    assertEquals(0, server.objects("resumed").size());
    server.reset();
    try (OssResumableClient client = server.builder().build()) {
      UploadResult result = client.uploadFile(request("resumed").setEnableCheckpoint(true));
      assertTrue(result.getResumedBytes() >= 2 * PART, "" + result.getResumedBytes());
      assertEquals(
          11 - result.getResumedBytes() / PART, server.requests("UploadPart", "resumed"));
    }
    assertArrayEquals(content, server.object("resumed"));
    assertFalse(Files.exists(Paths.get(file + ".ucp")));
  }

  @Test
  void an_interrupt_from_another_thread_ends_an_upload_without_a_listener() throws Exception {
    server.rule("{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":5000}}}");
    try (OssResumableClient client = server.builder().build()) {
      Thread waiting = Thread.currentThread();
      Thread other =
          new Thread(
              () -> {
                sleep(300);
                waiting.interrupt();
              });
      other.start();
      long begin = System.nanoTime();
      assertThrows(InterruptedException.class, () -> client.uploadFile(request("interrupted")));
      assertTrue(System.nanoTime() - begin < 4_000_000_000L);
      other.join();
    }
    assertEquals(0, server.objects("interrupted").size());
  }

  @Test
  void discard_gives_up_what_the_checkpoint_names() throws Exception {
    server.rule(SLOW);
    progressThenCancel("discarded");
    assertEquals(1, uploadsOf("discarded"));
    try (OssResumableClient client = server.builder().build()) {
      client.discard(request("discarded"));
      client.discard(request("discarded"));
    }
    assertEquals(0, uploadsOf("discarded"));
    assertFalse(Files.exists(Paths.get(file + ".ucp")));
  }

  private static long uploadsOf(String key) {
    return server.uploads().stream().filter(u -> key.equals(Json.get(u, "key"))).count();
  }

  @Test
  void unfinished_uploads_can_be_listed_and_aborted() throws Exception {
    server.rule(SLOW);
    progressThenCancel("left/1");
    Files.delete(Paths.get(file + ".ucp"));
    progressThenCancel("left/2");
    try (OssResumableClient client = server.builder().build()) {
      List<UnfinishedUpload> found = client.listUploads(BUCKET, "left/", Duration.ZERO);
      assertEquals(2, found.size());
      assertEquals("left/1", found.get(0).getKey());
      assertTrue(
          Duration.between(found.get(0).getInitiated(), Instant.now()).abs().getSeconds() < 600);
      assertEquals(0, client.listUploads(BUCKET, "left/", Duration.ofDays(1)).size());
      client.abortUpload(BUCKET, "left/1", found.get(0).getUploadId());
      client.abortUpload(BUCKET, "left/1", found.get(0).getUploadId());
      assertEquals(0, uploadsOf("left/1"));
      assertEquals(1, client.abortUploads(BUCKET, "left/", Duration.ZERO));
      assertEquals(0, uploadsOf("left/2"));
    }
  }

  @Test
  void progress_never_goes_back_and_ends_at_the_total_on_the_callers_thread() throws Exception {
    server.rule(SLOW);
    List<Long> seen = new ArrayList<>();
    Thread caller = Thread.currentThread();
    try (OssResumableClient client = server.builder().build()) {
      client.uploadFile(
          request("progress")
              .setProgressListener(
                  (consumed, total) -> {
                    assertSame(caller, Thread.currentThread());
                    assertEquals(content.length, total);
                    seen.add(consumed);
                  }));
    }
    List<Long> sorted = new ArrayList<>(seen);
    Collections.sort(sorted);
    assertEquals(sorted, seen);
    assertTrue(seen.size() > 2);
    assertEquals(content.length, seen.get(seen.size() - 1));
  }

  @Test
  void what_a_listener_throws_cancels_and_comes_out_as_itself_errors_too() throws Exception {
    server.rule(SLOW);
    Throwable[] all = {
      new IllegalStateException("mine"), new AssertionError("mine"), new StackOverflowError(),
      new IOException("checked, from a language without checked exceptions")
    };
    try (OssResumableClient client = server.builder().build()) {
      for (Throwable thrown : all) {
        AtomicInteger calls = new AtomicInteger();
        Throwable caught =
            assertThrows(
                Throwable.class,
                () ->
                    client.uploadFile(
                        request("thrown")
                            .setProgressListener(
                                (consumed, total) -> {
                                  if (consumed > PART) {
                                    calls.incrementAndGet();
                                    UploadTest.<RuntimeException>sneak(thrown);
                                  }
                                })));
        assertSame(thrown, caught);
        assertEquals(1, calls.get());
        assertEquals(0, server.objects("thrown").size());
        assertEquals(0, uploadsOf("thrown"));
      }
      Throwable thrown = all[1];
      Upload upload =
          client.uploadFileAsync(
              request("thrown")
                  .setProgressListener((c, t) -> UploadTest.<RuntimeException>sneak(thrown)));
      assertSame(thrown, assertThrows(ExecutionException.class, upload::get).getCause());
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable thrown) throws T {
    throw (T) thrown;
  }

  @Test
  void a_collection_during_every_callback_harms_nothing() throws Exception {
    server.rule(SLOW);
    AtomicInteger lines = new AtomicInteger();
    try (OssResumableClient client =
        server
            .builder()
            .accessKeyId(null)
            .accessKeySecret(null)
            .credentialsProvider(
                () -> {
                  System.gc();
                  return new Credentials("test-access-key-id", "test-access-key-secret");
                })
            .logLevel(LogLevel.TRACE)
            .logListener(
                (level, line) -> {
                  if (lines.incrementAndGet() % 10 == 0) {
                    System.gc();
                  }
                })
            .build()) {
      System.gc();
      List<Upload> uploads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        uploads.add(
            client.uploadFileAsync(request("gc" + i).setProgressListener((c, t) -> System.gc())));
        System.gc();
      }
      for (Upload upload : uploads) {
        upload.get();
      }
    }
    for (int i = 0; i < 4; i++) {
      assertArrayEquals(content, server.object("gc" + i));
    }
    assertTrue(lines.get() > 40);
  }

  @Test
  void an_asynchronous_upload_completes_and_can_be_looked_at() throws Exception {
    try (OssResumableClient client = server.builder().build()) {
      Upload upload = client.uploadFileAsync(request("async"));
      UploadResult result = upload.get(30, TimeUnit.SECONDS);
      assertEquals(11, result.getParts());
      upload.whenEnded().get(30, TimeUnit.SECONDS);
      UploadProgress progress = upload.getProgress();
      assertEquals(Stage.DONE, progress.getStage());
      assertEquals(content.length, progress.getConsumedBytes());
      assertEquals(content.length, progress.getTotalBytes());
      assertEquals(11, progress.getPartsDone());
      assertFalse(upload.cancel(true));
    }
    assertArrayEquals(content, server.object("async"));
  }

  @Test
  void cancelling_the_future_ends_the_upload_and_the_next_one_resumes() throws Exception {
    server.rule(SLOW);
    try (OssResumableClient client = server.builder().build()) {
      Upload upload = client.uploadFileAsync(request("canceled").setEnableCheckpoint(true));
      while (upload.getProgress().getPartsDone() < 2) {
        sleep(10);
      }
      assertTrue(upload.cancel(true));
      assertThrows(CancellationException.class, upload::get);
      upload.whenEnded().get(10, TimeUnit.SECONDS);
      assertEquals(0, server.objects("canceled").size());
      server.reset();
      UploadResult result = client.uploadFile(request("canceled").setEnableCheckpoint(true));
      assertTrue(result.getResumedBytes() >= 2 * PART);
    }
    assertArrayEquals(content, server.object("canceled"));
  }

  @Test
  void completing_the_future_from_outside_ends_the_upload_too() throws Exception {
    server.rule(SLOW);
    try (OssResumableClient client = server.builder().build()) {
      Upload upload = client.uploadFileAsync(request("outside"));
      upload.completeExceptionally(new java.util.concurrent.TimeoutException());
      upload.whenEnded().get(10, TimeUnit.SECONDS);
    }
    assertEquals(0, server.objects("outside").size());
  }

  @Test
  void an_executor_that_refuses_leaves_nothing_running() throws Exception {
    server.rule(SLOW);
    try (OssResumableClient client = server.builder().build()) {
      assertThrows(
          RejectedExecutionException.class,
          () ->
              client.uploadFileAsync(
                  request("rejected"),
                  work -> {
                    throw new RejectedExecutionException();
                  }));
    }
    for (int i = 0; i < 600 && uploadsOf("rejected") > 0; i++) {
      sleep(50);
    }
    sleep(500);
    assertEquals(0, server.objects("rejected").size());
    assertEquals(0, uploadsOf("rejected"));
  }

  @Test
  void many_uploads_at_once_by_one_client_all_arrive() throws Exception {
    try (OssResumableClient client = server.builder().maxConnections(8).build()) {
      List<Upload> uploads = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        uploads.add(client.uploadFileAsync(request("many" + i)));
      }
      for (Upload upload : uploads) {
        upload.get();
      }
    }
    for (int i = 0; i < 20; i++) {
      assertArrayEquals(content, server.object("many" + i));
    }
  }

  @Test
  void a_refusal_of_oss_has_all_its_details() {
    server.rule(
        "{\"op\":\"UploadPart\",\"part\":3,\"action\":{\"status\":{\"code\":403,"
            + "\"oss_code\":\"AccessDenied\",\"message\":\"no\",\"headers\":{\"x-oss-ec\":\"0003-1\"}}}}");
    try (OssResumableClient client = server.builder().build()) {
      OssResumableException e =
          assertThrows(OssResumableException.class, () -> client.uploadFile(request("refused")));
      assertEquals(ErrorCode.SERVICE, e.getCode());
      assertEquals(-6, e.getCodeNumber());
      assertEquals(403, e.getHttpStatus());
      assertEquals("AccessDenied", e.getErrorCode());
      assertEquals("upload", e.getStage());
      assertEquals(3, e.getPartNumber());
      assertEquals(2 * PART, e.getOffset());
      assertNotNull(e.getRequestId());
      assertEquals(1, e.getAttempts());
      assertFalse(e.isRetryable());
    }
  }

  @Test
  void a_server_that_cannot_be_reached_is_a_network_error_with_a_reason() {
    try (OssResumableClient client =
        server.builder().endpoint("http://127.0.0.1:1").retryTimeoutMs(300).build()) {
      OssResumableException e =
          assertThrows(OssResumableException.class, () -> client.uploadFile(request("nobody")));
      assertEquals(ErrorCode.NETWORK, e.getCode());
      assertEquals("connection_refused", e.getReason());
      assertTrue(e.getOsErrno() > 0);
      assertTrue(e.getAttempts() > 0);
      assertTrue(e.isRetryable());
    }
  }

  @Test
  void bad_arguments_are_refused_with_the_fields_name() {
    try (OssResumableClient client = server.builder().build()) {
      refused("part_size", () -> client.uploadFile(request("k").setPartSize(5)));
      refused("thread_num", () -> client.uploadFile(request("k").setTaskNum(5000)));
      refused("object", () -> client.uploadFile(new UploadFileRequest(BUCKET, null)));
      refused("object", () -> client.uploadFile(request("a\0b")));
      refused("object", () -> client.uploadFile(request("half \ud800")));
      refused("headers", () -> client.uploadFile(request("k").setHeader("x-oss-meta-a", "\0")));
      refused("bandwidth_limit", () -> client.setBandwidthLimit(5));
      refused("access_key_id", () -> client.setCredentials("", "x", null));
      refused("thread_num", () -> client.uploadFileAsync(request("k").setTaskNum(-5)));
    }
    refused("access_key_id", () -> OssResumableClient.builder().region("cn-hangzhou").build());
    OssResumableException missing =
        assertThrows(
            OssResumableException.class,
            () -> server.builder().build().uploadFile(request("k").setUploadFile("/no/such")));
    assertEquals(ErrorCode.FILE, missing.getCode());
    assertEquals(2, missing.getOsErrno());
  }

  private static void refused(String field, org.junit.jupiter.api.function.Executable call) {
    OssResumableException e = assertThrows(OssResumableException.class, call);
    assertEquals(ErrorCode.INVALID_ARGUMENT, e.getCode());
    assertTrue(e.getMessage().startsWith(field), e.getMessage());
  }

  @Test
  void odd_names_arrive_as_they_are() throws Exception {
    String name = "\u738b \"%2F+&?#= \ud83d\ude00 '.bin";
    Path odd = dir.resolve(name);
    Files.write(odd, content);
    try (OssResumableClient client = server.builder().build()) {
      client.uploadFile(
          request("dir/" + name)
              .setUploadFile(odd.toString())
              .setEnableCheckpoint(true)
              .addUserMetadata("author", "me")
              .setHeader("Content-Type", "text/x-odd"));
    }
    assertArrayEquals(content, server.object("dir/" + name));
    String headers = server.objects("dir/" + name).get(0).toString();
    assertTrue(headers.contains("text/x-odd"), headers);
    assertTrue(headers.contains("x-oss-meta-author"), headers);
  }

  @Test
  void credentials_come_from_code_when_they_are_needed() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (OssResumableClient client =
        server
            .builder()
            .accessKeyId(null)
            .accessKeySecret(null)
            .credentialsProvider(
                () -> {
                  asked.incrementAndGet();
                  return new Credentials(
                      "test-sts-access-key-id",
                      "test-sts-access-key-secret",
                      "test-sts-token",
                      Instant.now().plusSeconds(3600));
                })
            .build()) {
      client.uploadFile(request("asked"));
      client.uploadFile(request("asked"));
    }
    assertEquals(1, asked.get());
    assertArrayEquals(content, server.object("asked"));
  }

  @Test
  void what_a_credentials_provider_throws_is_the_cause() {
    Exception mine = new Exception("mine");
    try (OssResumableClient client =
        server
            .builder()
            .accessKeyId(null)
            .accessKeySecret(null)
            .retryTimeoutMs(200)
            .credentialsProvider(
                () -> {
                  throw mine;
                })
            .build()) {
      OssResumableException e =
          assertThrows(OssResumableException.class, () -> client.uploadFile(request("none")));
      assertEquals(ErrorCode.CREDENTIALS, e.getCode());
      assertSame(mine, e.getCause());
      Executable[] calls = {
        () -> client.listUploads(BUCKET, null, Duration.ZERO),
        () -> client.abortUpload(BUCKET, "none", "id"),
        () -> client.abortUploads(BUCKET, null, Duration.ZERO),
      };
      for (Executable call : calls) {
        assertSame(mine, assertThrows(OssResumableException.class, call).getCause());
      }
    }
  }

  @Test
  void credentials_can_be_replaced_while_an_upload_runs() throws Exception {
    server.rule(SLOW);
    try (OssResumableClient client = server.builder().build()) {
      client.uploadFile(
          request("replaced")
              .setProgressListener(
                  (consumed, total) ->
                      client.setCredentials(
                          "test-sts-access-key-id", "test-sts-access-key-secret", "test-sts-token")));
    }
    List<Object> log = server.list("/-/log");
    assertEquals(
        "test-sts-access-key-id", Json.get(log.get(log.size() - 1), "access_key_id"));
    assertArrayEquals(content, server.object("replaced"));
  }

  @Test
  void a_bandwidth_limit_slows_an_upload_down() throws Exception {
    try (OssResumableClient client = server.builder().bandwidthLimit(600_000).build()) {
      long begin = System.nanoTime();
      client.uploadFile(request("limited"));
      assertTrue(System.nanoTime() - begin > 500_000_000L);
      client.setBandwidthLimit(0);
    }
  }

  @Test
  void the_log_goes_to_a_file_or_to_code_and_names_no_secret() throws Exception {
    Path log = dir.resolve("oss.log");
    try (OssResumableClient client =
        server.builder().logFile(log.toString()).logLevel(LogLevel.TRACE).build()) {
      client.uploadFile(request("logged"));
    }
    String text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
    assertTrue(text.contains("UploadPart"), text);
    assertFalse(text.contains("test-access-key-secret"));
    StringBuilder lines = new StringBuilder();
    try (OssResumableClient client =
        server
            .builder()
            .logLevel(LogLevel.DEBUG)
            .logListener((level, line) -> lines.append(level).append(line))
            .build()) {
      client.uploadFile(request("logged"));
    }
    assertTrue(lines.toString().contains("DEBUG"), lines.toString());
  }

  @Test
  @Timeout(300)
  void collections_in_a_thousand_callbacks_harm_nothing() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    for (int at = 0; at < 40; at++) {
      // A client of its own for each: those before it have become garbage.
      OssResumableClient client =
          server
              .builder()
              .logLevel(LogLevel.TRACE)
              .logListener(
                  (level, line) -> {
                    System.gc();
                    calls.incrementAndGet();
                  })
              .build();
      client.uploadFile(request("collected" + at).setTaskNum(8));
      assertArrayEquals(content, server.object("collected" + at));
    }
    assertTrue(calls.get() > 1000, calls.toString());
  }

  @Test
  void an_upload_callback_that_fails_is_a_warning_and_not_an_error() throws Exception {
    try (OssResumableClient client = server.builder().build()) {
      UploadResult result =
          client.uploadFile(
              request("callback")
                  .setCallback(
                      new Callback()
                          .setCallbackUrl("http://127.0.0.1:1/stored")
                          .setCallbackBody("{\"object\":${object},\"user\":${x:user}}")
                          .setCallbackBodyType("application/json")
                          .addCallbackVar("x:user", "\u738b")));
      assertEquals(Collections.singleton(Warning.CALLBACK_FAILED), result.getWarnings());
      assertEquals(203, result.getHttpStatus());
      assertNotNull(result.getCallbackError());
    }
    assertArrayEquals(content, server.object("callback"));
  }

  @Test
  void a_closed_client_says_so_and_closing_twice_is_harmless() {
    OssResumableClient client = server.builder().build();
    client.close();
    client.close();
    assertThrows(IllegalStateException.class, () -> client.uploadFile(request("closed")));
    assertThrows(IllegalStateException.class, () -> client.uploadFileAsync(request("closed")));
    assertThrows(IllegalStateException.class, () -> client.setBandwidthLimit(0));
    assertThrows(IllegalStateException.class, () -> client.listUploads(BUCKET, null, Duration.ZERO));
  }

  @Test
  void an_upload_outlives_the_closing_of_its_client_callbacks_included() throws Exception {
    server.rule(SLOW);
    AtomicInteger lines = new AtomicInteger();
    Upload upload;
    try (OssResumableClient client =
        server
            .builder()
            .logLevel(LogLevel.DEBUG)
            .logListener((level, line) -> lines.incrementAndGet())
            .build()) {
      upload = client.uploadFileAsync(request("outlives"));
    }
    int before = lines.get();
    assertEquals(11, upload.get().getParts());
    assertTrue(lines.get() > before);
    assertArrayEquals(content, server.object("outlives"));
  }

  @Test
  void a_client_that_was_never_closed_is_freed_after_it_was_collected() throws Exception {
    AtomicReference<OssResumableClient> only = new AtomicReference<>(server.builder().build());
    WeakReference<OssResumableClient> watched = new WeakReference<>(only.get());
    only.set(null);
    for (int i = 0; i < 50 && watched.get() != null; i++) {
      System.gc();
      sleep(20);
    }
    assertEquals(null, watched.get());
    int before = Forgotten.watchedCount();
    try (OssResumableClient next = server.builder().build()) {
      for (int i = 0; i < 50 && Forgotten.watchedCount() > before; i++) {
        sleep(20);
        server.builder().build().close();
      }
      assertTrue(Forgotten.watchedCount() <= before);
      next.uploadFile(request("next"));
    }
  }

  @Test
  void closing_while_other_threads_call_never_harms() throws Exception {
    for (int round = 0; round < 20; round++) {
      OssResumableClient client = server.builder().build();
      List<Thread> threads = new ArrayList<>();
      AtomicReference<Throwable> wrong = new AtomicReference<>();
      for (int i = 0; i < 4; i++) {
        Thread thread =
            new Thread(
                () -> {
                  try {
                    while (true) {
                      client.setBandwidthLimit(5000);
                      client.setCredentials("a", "b", null);
                    }
                  } catch (IllegalStateException closed) {
                    // What was to be expected.
                  } catch (Throwable e) {
                    wrong.set(e);
                  }
                });
        thread.start();
        threads.add(thread);
      }
      sleep(2);
      client.close();
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(null, wrong.get());
    }
  }

  @Test
  void the_sample_of_the_readme_is_the_one_of_the_example() throws Exception {
    Path here = Paths.get(System.getProperty("binding"));
    String readme = new String(Files.readAllBytes(here.resolve("README.md")), StandardCharsets.UTF_8);
    String example =
        new String(Files.readAllBytes(here.resolve("example/Sample.java")), StandardCharsets.UTF_8);
    String sample = between(example, "// sample: begin\n", "// sample: end");
    assertEquals(sample, between(readme, "```java\n", "```"));
  }

  private static String between(String text, String begin, String end) {
    int from = text.indexOf(begin) + begin.length();
    return text.substring(from, text.indexOf(end, from));
  }

  private static void sleep(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      throw new CompletionException(e);
    }
  }
}
