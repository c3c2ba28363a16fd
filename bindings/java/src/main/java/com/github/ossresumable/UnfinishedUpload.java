package com.github.ossresumable;

import java.time.Instant;

/** A multipart upload that was begun and neither completed nor aborted. */
public final class UnfinishedUpload {
  private final String key;
  private final String uploadId;
  private final Instant initiated;

  UnfinishedUpload(String key, String uploadId, Instant initiated) {
    this.key = key;
    this.uploadId = uploadId;
    this.initiated = initiated;
  }

  /**
   * The object's key.
   *
   * @return not null
   */
  public String getKey() {
    return key;
  }

  /**
   * The upload id.
   *
   * @return not null
   */
  public String getUploadId() {
    return uploadId;
  }

  /**
   * When it was begun, by OSS's clock.
   *
   * @return to the second
   */
  public Instant getInitiated() {
    return initiated;
  }
}
