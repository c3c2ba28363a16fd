package com.github.ossresumable;

import com.sun.jna.Pointer;
import java.util.Map;
import java.util.Set;

/** An object that is stored, and whose CRC64 equals that of what was read. Immutable. */
public final class UploadResult {
  private final String etag;
  private final String versionId;
  private final long crc64;
  private final String requestId;
  private final int httpStatus;
  private final String uploadId;
  private final long resumedBytes;
  private final long partSize;
  private final int parts;
  private final int retries;
  private final int warningBits;
  private final Map<String, String> headers;
  private final byte[] body;
  private final String callbackError;

  UploadResult(Engine engine, Pointer result) {
    etag = Results.text(engine.oss_resumable_result_etag(result));
    versionId = Results.text(engine.oss_resumable_result_version_id(result));
    crc64 = engine.oss_resumable_result_crc64(result);
    requestId = Results.text(engine.oss_resumable_result_request_id(result));
    httpStatus = engine.oss_resumable_result_http_status(result);
    uploadId = Results.text(engine.oss_resumable_result_upload_id(result));
    resumedBytes = engine.oss_resumable_result_resumed_bytes(result);
    partSize = engine.oss_resumable_result_part_size(result);
    parts = engine.oss_resumable_result_parts(result);
    retries = engine.oss_resumable_result_retries(result);
    warningBits = engine.oss_resumable_result_warnings(result);
    headers = Results.headers(engine, result);
    body = Results.body(engine, result);
    callbackError = Results.text(engine.oss_resumable_result_callback_error(result));
  }

  /**
   * The object's ETag without quotes; not an MD5 after a multipart upload.
   *
   * @return the ETag
   */
  public String getETag() {
    return etag;
  }

  /**
   * The object's version id.
   *
   * @return null without versioning
   */
  public String getVersionId() {
    return versionId;
  }

  /**
   * CRC-64 (ECMA-182) of the file, equal to the object's. All 64 bits count: print it with {@link
   * Long#toUnsignedString(long)}.
   *
   * @return an unsigned number
   */
  public long getCrc64() {
    return crc64;
  }

  /**
   * OSS's id of the request that committed the object.
   *
   * @return the id
   */
  public String getRequestId() {
    return requestId;
  }

  /**
   * The HTTP status of that request.
   *
   * @return 200, or 203 when the upload callback failed
   */
  public int getHttpStatus() {
    return httpStatus;
  }

  /**
   * The multipart upload id.
   *
   * @return null when one request was enough
   */
  public String getUploadId() {
    return uploadId;
  }

  /**
   * Bytes taken over from an earlier run and not sent again.
   *
   * @return bytes
   */
  public long getResumedBytes() {
    return resumedBytes;
  }

  /**
   * The part size used.
   *
   * @return bytes
   */
  public long getPartSize() {
    return partSize;
  }

  /**
   * The number of parts.
   *
   * @return at least 1
   */
  public int getParts() {
    return parts;
  }

  /**
   * Attempts that had to be made again.
   *
   * @return a number of attempts
   */
  public int getRetries() {
    return retries;
  }

  /**
   * Things worth knowing that do not change the outcome.
   *
   * @return an empty set when there are none
   */
  public Set<Warning> getWarnings() {
    return Warning.of(warningBits);
  }

  /**
   * The same as bits, with those of a newer library.
   *
   * @return 0 when there are none
   */
  public int getWarningBits() {
    return warningBits;
  }

  /**
   * The headers of OSS's answer. Names are in lower case; several of one name are joined by {@code
   * ", "}.
   *
   * @return an unmodifiable map
   */
  public Map<String, String> getHeaders() {
    return headers;
  }

  /**
   * The body of OSS's answer: with an upload callback, what the callback's receiver answered.
   *
   * @return a copy
   */
  public byte[] getBody() {
    return body.clone();
  }

  /**
   * Why the upload callback failed although the object is stored.
   *
   * @return null when it did not
   */
  public String getCallbackError() {
    return callbackError;
  }
}
