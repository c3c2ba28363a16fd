package com.github.ossresumable;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Uploads files to Alibaba Cloud OSS and resumes where an earlier run stopped.
 *
 * <p>Any thread may use a client. After {@link #close} every method throws {@link
 * IllegalStateException}. All failures of the library are {@link OssResumableException}.
 */
public final class OssResumableClient implements AutoCloseable {
  /** Threads that wait for asynchronous uploads. They hold up no JVM, and go when idle. */
  private static final Executor WAITERS = waiters();

  private final Engine engine;
  private final Handle handle;
  private final ClientCallbacks callbacks;
  private final Forgotten forgotten;

  OssResumableClient(Engine engine, Handle handle, ClientCallbacks callbacks) {
    this.engine = engine;
    this.handle = handle;
    this.callbacks = callbacks;
    this.forgotten = Forgotten.watch(this, handle);
  }

  private static Executor waiters() {
    AtomicInteger count = new AtomicInteger();
    return new ThreadPoolExecutor(
        0,
        Integer.MAX_VALUE,
        5,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        work -> {
          Thread thread = new Thread(work, "oss-resumable-" + count.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }

  /**
   * Settings for a new client.
   *
   * @return a builder with the engine's defaults
   */
  public static OssResumableClientBuilder builder() {
    return new OssResumableClientBuilder();
  }

  /**
   * The version of the library that is loaded.
   *
   * @return {@code MAJOR.MINOR.PATCH}
   * @throws UnsatisfiedLinkError when it cannot be loaded, or is of another major or minor version
   */
  public static String libraryVersion() {
    return EngineLoader.engine().oss_resumable_version();
  }

  /**
   * Uploads and waits for the end. Interrupting this thread cancels the upload; a checkpoint is
   * kept. If the object is stored in spite of it, because the commit was out, the result is returned
   * and the thread stays interrupted.
   *
   * @param request what to upload
   * @return what was stored
   * @throws InterruptedException when this thread was interrupted and the upload canceled; its cause
   *     is the {@link OssResumableException} with the details
   */
  public UploadResult uploadFile(UploadFileRequest request) throws InterruptedException {
    return RunningUpload.start(handle, callbacks, request).waitForEnd();
  }

  /**
   * Starts an upload and returns at once. A daemon thread waits for it; the progress listener runs
   * there.
   *
   * @param request what to upload; copied
   * @return a future whose {@code cancel} reaches the upload
   * @throws OssResumableException at once for a bad argument; everything else comes with the future
   */
  public Upload uploadFileAsync(UploadFileRequest request) {
    return uploadFileAsync(request, WAITERS);
  }

  /**
   * The same, with an executor of yours, one thread of which is busy until the upload has ended.
   *
   * @param request what to upload; copied
   * @param executor runs the thread that waits; an upload that it is slow to begin with is sent
   *     meanwhile, but for credentials of your own code
   * @return a future whose {@code cancel} reaches the upload
   * @throws OssResumableException at once for a bad argument; everything else comes with the future
   */
  public Upload uploadFileAsync(UploadFileRequest request, Executor executor) {
    RunningUpload running = RunningUpload.start(handle, callbacks, request);
    Upload upload = new Upload(running);
    try {
      executor.execute(upload::waitForEnd);
    } catch (Throwable rejected) {
      running.abandon();
      throw rejected;
    }
    return upload;
  }

  /**
   * Gives an unfinished upload up for good: aborts what its checkpoint names and deletes the
   * checkpoint. Nothing to discard is a success. Blocks.
   *
   * @param request bucket, key, and the upload file or checkpoint file of the upload
   */
  public void discard(UploadFileRequest request) {
    PointerByReference result = new PointerByReference();
    with(
        (client, arena) ->
            Results.check(
                engine.oss_resumable_discard(
                    client,
                    arena.text("bucket", request.getBucketName()),
                    arena.text("object", request.getKey()),
                    arena.text("filepath", request.getUploadFile()),
                    arena.text("checkpoint_path", request.getCheckpointFile()),
                    result),
                result));
  }

  /**
   * Lists the unfinished multipart uploads of a bucket, whoever began them. Their parts are paid for
   * until they are aborted. Blocks.
   *
   * @param bucketName the bucket
   * @param prefix what the keys begin with; null: all
   * @param minAge how long ago they were begun at least, in whole seconds; {@link Duration#ZERO}: all
   * @return in the order of keys
   */
  public List<UnfinishedUpload> listUploads(String bucketName, String prefix, Duration minAge) {
    PointerByReference list = new PointerByReference();
    PointerByReference result = new PointerByReference();
    with(
        (client, arena) ->
            Results.check(
                engine.oss_resumable_list_uploads(
                    client,
                    arena.text("bucket", bucketName),
                    arena.text("prefix", prefix),
                    minAge.getSeconds(),
                    list,
                    result),
                result));
    try {
      return read(list.getValue());
    } finally {
      engine.oss_resumable_upload_list_free(list.getValue());
    }
  }

  private List<UnfinishedUpload> read(Pointer list) {
    long count = engine.oss_resumable_upload_list_count(list).longValue();
    List<UnfinishedUpload> uploads = new ArrayList<>();
    PointerByReference key = new PointerByReference();
    PointerByReference uploadId = new PointerByReference();
    LongByReference initiated = new LongByReference();
    for (long i = 0; i < count; i++) {
      engine.oss_resumable_upload_list_at(list, new Engine.Size(i), key, uploadId, initiated);
      uploads.add(
          new UnfinishedUpload(
              Results.text(key.getValue()),
              Results.text(uploadId.getValue()),
              Instant.ofEpochSecond(initiated.getValue())));
    }
    return Collections.unmodifiableList(uploads);
  }

  /**
   * Aborts one unfinished upload, of whoever began it. One that is gone already is a success. Blocks.
   *
   * @param bucketName the bucket
   * @param key the object's key
   * @param uploadId the upload id
   */
  public void abortUpload(String bucketName, String key, String uploadId) {
    PointerByReference result = new PointerByReference();
    with(
        (client, arena) ->
            Results.check(
                engine.oss_resumable_abort_upload(
                    client,
                    arena.text("bucket", bucketName),
                    arena.text("object", key),
                    arena.text("upload_id", uploadId),
                    result),
                result));
  }

  /**
   * Aborts what {@link #listUploads} would list, running uploads included. Blocks.
   *
   * @param bucketName the bucket
   * @param prefix what the keys begin with; null: all
   * @param minAge how long ago they were begun at least, in whole seconds; {@link Duration#ZERO}: all
   * @return how many are gone
   */
  public long abortUploads(String bucketName, String prefix, Duration minAge) {
    LongByReference aborted = new LongByReference();
    PointerByReference result = new PointerByReference();
    with(
        (client, arena) ->
            Results.check(
                engine.oss_resumable_abort_uploads(
                    client,
                    arena.text("bucket", bucketName),
                    arena.text("prefix", prefix),
                    minAge.getSeconds(),
                    aborted,
                    result),
                result));
    return aborted.getValue();
  }

  /**
   * Replaces the credentials, those of running uploads included. Any thread, any time, the progress
   * listener included. Never blocks.
   *
   * @param accessKeyId the id
   * @param secretAccessKey the secret
   * @param securityToken the STS token; null: none
   */
  public void setCredentials(String accessKeyId, String secretAccessKey, String securityToken) {
    with(
        (client, arena) -> {
          int code =
              engine.oss_resumable_client_set_credentials(
                  client,
                  arena.text("access_key_id", accessKeyId),
                  arena.text("access_key_secret", secretAccessKey),
                  arena.text("sts_token", securityToken));
          if (code != Engine.OK) {
            throw OssResumableException.invalidArgument(
                "access_key_id, access_key_secret and sts_token must be visible ASCII,"
                    + " and the first two not empty");
          }
        });
  }

  /**
   * Limits what all uploads of the client send; running ones follow at once. Any thread, any time.
   *
   * @param bytesPerSecond at least 1,024; 0: no limit
   */
  public void setBandwidthLimit(long bytesPerSecond) {
    with(
        (client, arena) -> {
          if (engine.oss_resumable_client_set_bandwidth_limit(client, bytesPerSecond) != Engine.OK) {
            throw OssResumableException.invalidArgument(
                "bandwidth_limit: must be 0, or at least 1,024 bytes per second");
          }
        });
  }

  /** Frees the client. Never blocks; running uploads go on. Closing twice is harmless. */
  @Override
  public void close() {
    forgotten.unwatch();
    handle.close();
  }

  private interface Call {
    void with(Pointer client, Arena arena);
  }

  private void with(Call call) {
    Pointer client = handle.acquire();
    try (Arena arena = new Arena()) {
      call.with(client, arena);
    } catch (OssResumableException failure) {
      throw callbacks.explain(failure);
    } finally {
      handle.release();
    }
  }
}
