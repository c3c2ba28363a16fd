package com.github.ossresumable;

import com.sun.jna.Pointer;
import java.util.Set;

/**
 * An upload, or another call, failed. The message says what to do.
 *
 * <p>Unchecked, like the exceptions of the official SDK: it passes through lambdas and {@link
 * java.util.concurrent.CompletableFuture}, and a program rarely has an answer to it where the call
 * stands.
 */
public final class OssResumableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int codeNumber;
  private final String stage;
  private final int partNumber;
  private final long offset;
  private final int httpStatus;
  private final String errorCode;
  private final String requestId;
  private final String hostId;
  private final String ec;
  private final int osErrno;
  private final String reason;
  private final int attempts;
  private final boolean retryable;
  private final String uploadId;
  private final int warningBits;

  OssResumableException(int codeNumber, Engine engine, Pointer result) {
    super(messageOf(codeNumber, engine, result));
    this.codeNumber = codeNumber;
    stage = Results.text(engine.oss_resumable_result_stage(result));
    partNumber = engine.oss_resumable_result_part_number(result);
    offset = engine.oss_resumable_result_offset(result);
    httpStatus = engine.oss_resumable_result_http_status(result);
    errorCode = Results.text(engine.oss_resumable_result_error_code(result));
    requestId = Results.text(engine.oss_resumable_result_request_id(result));
    hostId = Results.text(engine.oss_resumable_result_host_id(result));
    ec = Results.text(engine.oss_resumable_result_ec(result));
    osErrno = engine.oss_resumable_result_os_errno(result);
    reason = Results.text(engine.oss_resumable_result_reason(result));
    attempts = engine.oss_resumable_result_attempts(result);
    retryable = engine.oss_resumable_result_retryable(result) != 0;
    uploadId = Results.text(engine.oss_resumable_result_upload_id(result));
    warningBits = engine.oss_resumable_result_warnings(result);
  }

  /** What the binding refuses by itself, or functions without a result. */
  private OssResumableException(String message) {
    super(message);
    codeNumber = ErrorCode.INVALID_ARGUMENT.getNumber();
    stage = "prepare";
    partNumber = 0;
    offset = -1;
    httpStatus = 0;
    errorCode = null;
    requestId = null;
    hostId = null;
    ec = null;
    osErrno = 0;
    reason = null;
    attempts = 0;
    retryable = false;
    uploadId = null;
    warningBits = 0;
  }

  static OssResumableException invalidArgument(String message) {
    return new OssResumableException(message);
  }

  private static String messageOf(int code, Engine engine, Pointer result) {
    String message =
        result == null ? null : Results.text(engine.oss_resumable_result_message(result));
    return message == null ? "failed with code " + code : message;
  }

  /**
   * How it failed.
   *
   * @return {@link ErrorCode#UNKNOWN} for a code of a newer library
   */
  public ErrorCode getCode() {
    return ErrorCode.of(codeNumber);
  }

  /**
   * The number of the code in the C API.
   *
   * @return a negative number
   */
  public int getCodeNumber() {
    return codeNumber;
  }

  /**
   * What the upload was busy with: {@code prepare}, {@code resume}, {@code initiate}, {@code
   * upload}, {@code complete}, {@code settle}, {@code abort} or {@code done}.
   *
   * @return not null
   */
  public String getStage() {
    return stage;
  }

  /**
   * The part that failed.
   *
   * @return from 1; 0 when no single part is concerned
   */
  public int getPartNumber() {
    return partNumber;
  }

  /**
   * Where in the file it failed.
   *
   * @return bytes from 0; -1 when no place is concerned
   */
  public long getOffset() {
    return offset;
  }

  /**
   * The HTTP status of the answer that decided.
   *
   * @return 0 when there was none
   */
  public int getHttpStatus() {
    return httpStatus;
  }

  /**
   * OSS's error code, such as {@code NoSuchBucket}.
   *
   * @return null when OSS reported none
   */
  public String getErrorCode() {
    return errorCode;
  }

  /**
   * OSS's id of the request, for its support.
   *
   * @return null when there was no answer
   */
  public String getRequestId() {
    return requestId;
  }

  /**
   * The host that refused, as OSS names it.
   *
   * @return null when it named none
   */
  public String getHostId() {
    return hostId;
  }

  /**
   * OSS's finer error code, such as {@code 0002-00000504}.
   *
   * @return null when there was none
   */
  public String getEC() {
    return ec;
  }

  /**
   * The operating system's error number behind a failure of file, checkpoint or network.
   *
   * @return 0 when there is none
   */
  public int getOsErrno() {
    return osErrno;
  }

  /**
   * Why there was no usable answer, such as {@code dns}, {@code connection_refused} or {@code
   * certificate_expired}.
   *
   * @return null for failures other than {@link ErrorCode#NETWORK}
   */
  public String getReason() {
    return reason;
  }

  /**
   * How often the request that failed in the end was tried.
   *
   * @return 0 when no request is concerned
   */
  public int getAttempts() {
    return attempts;
  }

  /**
   * Whether the same call, unchanged, may succeed later.
   *
   * @return false when something has to be changed first
   */
  public boolean isRetryable() {
    return retryable;
  }

  /**
   * The multipart upload id.
   *
   * @return null when there was none
   */
  public String getUploadId() {
    return uploadId;
  }

  /**
   * Things worth knowing, such as {@link Warning#UPLOAD_LEFT}.
   *
   * @return an empty set when there are none
   */
  public Set<Warning> getWarnings() {
    return Warning.of(warningBits);
  }
}
