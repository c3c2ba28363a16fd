package com.github.ossresumable;

import java.util.concurrent.CompletableFuture;

/**
 * An asynchronous upload. {@link #cancel} reaches it, and so does everything else that completes
 * the future from outside, such as {@code orTimeout}; cancelling a stage derived from it does not.
 */
public final class Upload extends CompletableFuture<UploadResult> {
  private final RunningUpload running;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  Upload(RunningUpload running) {
    this.running = running;
    // After the end this does nothing.
    whenComplete((result, failure) -> running.cancel());
  }

  /**
   * A look at the upload, at any time, from any thread. Never blocks.
   *
   * @return the newest counters; after the end the last ones
   */
  public UploadProgress getProgress() {
    return running.progress();
  }

  /**
   * Completes when the upload is really over and its checkpoint free, which after a cancel is a
   * moment later than the future itself. Never completes with an exception.
   *
   * @return a future that is of no use to cancel
   */
  public CompletableFuture<Void> whenEnded() {
    return ended.thenApply(nothing -> nothing);
  }

  /** Runs on a thread of the executor. */
  void waitForEnd() {
    UploadResult result = null;
    Throwable failure = null;
    try {
      result = running.waitForEnd();
    } catch (InterruptedException e) {
      // The executor is being shut down: the cause tells that it was canceled.
      failure = e.getCause();
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      failure = e;
    }
    // First the end, so that who waited for the upload finds it ended.
    ended.complete(null);
    if (failure == null) {
      complete(result);
    } else {
      completeExceptionally(failure);
    }
  }
}
