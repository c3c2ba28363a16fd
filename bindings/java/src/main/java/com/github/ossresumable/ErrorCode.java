package com.github.ossresumable;

/** How a call failed. New ones may be added. */
public enum ErrorCode {
  /** An argument is missing or out of range; the message begins with its name. Nothing was sent. */
  INVALID_ARGUMENT(-1),
  /** The file cannot be opened or read, or is not a regular file. */
  FILE(-2),
  /** The file changed while it was being uploaded; everything is sent again next time. */
  FILE_CHANGED(-3),
  /** The checkpoint is in use, cannot be written, or is not a checkpoint. */
  CHECKPOINT(-4),
  /** No usable answer within the retry time; call again to resume. */
  NETWORK(-5),
  /** OSS refused: see the HTTP status, the error code and the request id. */
  SERVICE(-6),
  /** What OSS stored is not what was sent. */
  INTEGRITY(-7),
  /** Canceled; with a checkpoint, call again to resume. */
  CANCELED(-8),
  /** The wrong moment for this call. */
  STATE(-9),
  /** The commit was sent, and no answer told what became of it; calling again settles it. */
  COMMIT_UNKNOWN(-10),
  /** No credentials could be had from where they were to come from. */
  CREDENTIALS(-11),
  /** A bug in the library, or no thread could be started. */
  INTERNAL(-99),
  /** A code of a newer library; see {@link OssResumableException#getCodeNumber()}. */
  UNKNOWN(Integer.MIN_VALUE);

  private final int number;

  ErrorCode(int number) {
    this.number = number;
  }

  /**
   * The number of the C API.
   *
   * @return a negative number
   */
  public int getNumber() {
    return number;
  }

  static ErrorCode of(int number) {
    for (ErrorCode code : values()) {
      if (code.number == number) {
        return code;
      }
    }
    return UNKNOWN;
  }
}
