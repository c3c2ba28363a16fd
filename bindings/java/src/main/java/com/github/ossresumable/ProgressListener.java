package com.github.ossresumable;

/** Told of an upload's progress. */
@FunctionalInterface
public interface ProgressListener {
  /**
   * Called at most ten times a second, one call at a time, on the thread that waits: the one inside
   * {@link OssResumableClient#uploadFile}, or the executor's for an asynchronous upload.
   *
   * <p>Whatever it throws, errors too, cancels the upload and reaches the caller as itself. It is
   * not called again then.
   *
   * @param consumedBytes bytes sent so far, those of earlier runs included; never goes back
   * @param totalBytes bytes of the file; equal to the former in the last call of a success
   */
  void progressChanged(long consumedBytes, long totalBytes);
}
