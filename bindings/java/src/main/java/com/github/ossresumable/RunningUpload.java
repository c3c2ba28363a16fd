package com.github.ossresumable;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;

/** One native upload, from its start until its end has been read. */
final class RunningUpload {
  /** How long an interrupt of the waiting thread may go unnoticed. */
  private static final long LOOK_MS = 100;

  private final Engine engine = EngineLoader.engine();
  private final Handle client;
  private final ClientCallbacks clientCallbacks;
  private final ProgressListener listener;
  private final Pointer token;
  private final Pointer pointer;
  private final Handle handle;
  private volatile UploadProgress lastProgress;
  private volatile Throwable thrown;

  private RunningUpload(
      Handle client, ClientCallbacks clientCallbacks, UploadFileRequest request) {
    this.client = client;
    this.clientCallbacks = clientCallbacks;
    this.listener = request.getProgressListener();
    Pointer nativeClient = client.acquire();
    this.token = Callbacks.UPLOADS.put(this);
    try {
      this.pointer = request.start(engine, nativeClient, listener == null ? null : token);
    } catch (Throwable failed) {
      letGo();
      throw failed;
    }
    this.handle = new Handle("upload", pointer, () -> engine.oss_resumable_upload_free(pointer));
  }

  static RunningUpload start(
      Handle client, ClientCallbacks clientCallbacks, UploadFileRequest request) {
    return new RunningUpload(client, clientCallbacks, request);
  }

  /** The client's callbacks are needed until here, even if the client was closed meanwhile. */
  private void letGo() {
    Callbacks.UPLOADS.remove(token);
    client.release();
  }

  /** From the progress callback, on the waiting thread: whether to go on. */
  boolean tell(long consumedBytes, long totalBytes) {
    if (thrown != null) {
      return false;
    }
    try {
      listener.progressChanged(consumedBytes, totalBytes);
      // Whoever interrupts need not wait for the next look.
      return !Thread.currentThread().isInterrupted();
    } catch (Throwable failure) {
      thrown = failure;
      return false;
    }
  }

  void cancel() {
    Pointer open = handle.acquireIfOpen();
    if (open != null) {
      engine.oss_resumable_upload_cancel(open);
      handle.release();
    }
  }

  /** When nobody is going to wait: cancels it and lets the engine clean up. */
  void abandon() {
    lastProgress = progress();
    handle.close();
    letGo();
  }

  UploadProgress progress() {
    Pointer open = handle.acquireIfOpen();
    if (open == null) {
      return lastProgress;
    }
    try {
      return UploadProgress.of(engine, open);
    } finally {
      handle.release();
    }
  }

  /**
   * Waits for the end and frees the upload.
   *
   * @throws InterruptedException when this thread was interrupted, which cancels the upload
   */
  UploadResult waitForEnd() throws InterruptedException {
    boolean interrupted = false;
    try {
      int code;
      do {
        code = engine.oss_resumable_upload_wait(pointer, LOOK_MS);
        if (Thread.interrupted()) {
          interrupted = true;
          engine.oss_resumable_upload_cancel(pointer);
        }
      } while (code == Engine.PENDING);
      return end(code, interrupted);
    } catch (InterruptedException e) {
      // As with every method that throws it, the mark on the thread is gone then.
      interrupted = false;
      throw e;
    } finally {
      lastProgress = UploadProgress.of(engine, pointer);
      handle.close();
      letGo();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private UploadResult end(int code, boolean interrupted) throws InterruptedException {
    PointerByReference result = new PointerByReference();
    engine.oss_resumable_upload_result(pointer, result);
    if (thrown != null) {
      engine.oss_resumable_result_free(result.getValue());
      throw RunningUpload.<RuntimeException>asItself(thrown);
    }
    if (code == Engine.OK) {
      return Results.success(result.getValue());
    }
    OssResumableException failure = Results.failure(code, result.getValue());
    if (code == ErrorCode.CANCELED.getNumber() && interrupted) {
      InterruptedException interruption = new InterruptedException(failure.getMessage());
      interruption.initCause(failure);
      throw interruption;
    }
    throw clientCallbacks.explain(failure);
  }

  /** Lets the compiler take a checked exception, which a listener can throw too, for any other. */
  @SuppressWarnings("unchecked")
  private static <T extends Throwable> T asItself(Throwable thrown) throws T {
    throw (T) thrown;
  }
}
