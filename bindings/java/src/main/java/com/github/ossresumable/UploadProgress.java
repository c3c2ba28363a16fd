package com.github.ossresumable;

import com.sun.jna.Pointer;

/** A look at an upload. */
public final class UploadProgress {
  private final Structs.Progress counters;

  private UploadProgress(Structs.Progress counters) {
    this.counters = counters;
  }

  static UploadProgress of(Engine engine, Pointer upload) {
    Structs.Progress counters = new Structs.Progress();
    counters.write();
    engine.oss_resumable_upload_progress(upload, counters);
    counters.read();
    return new UploadProgress(counters);
  }

  /**
   * What it is busy with.
   *
   * @return not null
   */
  public Stage getStage() {
    return Stage.of(counters.stage);
  }

  /**
   * Bytes sent so far, those of earlier runs included; never goes back.
   *
   * @return bytes
   */
  public long getConsumedBytes() {
    return counters.consumed_bytes;
  }

  /**
   * Bytes of the file; 0 until it has been opened.
   *
   * @return bytes
   */
  public long getTotalBytes() {
    return counters.total_bytes;
  }

  /**
   * Bytes taken over from an earlier run and not sent again.
   *
   * @return bytes
   */
  public long getResumedBytes() {
    return counters.resumed_bytes;
  }

  /**
   * Finished parts.
   *
   * @return a number of parts
   */
  public int getPartsDone() {
    return counters.parts_done;
  }

  /**
   * All parts.
   *
   * @return a number of parts
   */
  public int getPartsTotal() {
    return counters.parts_total;
  }

  /**
   * Attempts that had to be made again.
   *
   * @return a number of attempts
   */
  public int getRetries() {
    return counters.retries;
  }
}
