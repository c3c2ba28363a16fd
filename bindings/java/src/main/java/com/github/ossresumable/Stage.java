package com.github.ossresumable;

/** What an upload is busy with. */
public enum Stage {
  /** Opening the file and the checkpoint. */
  PREPARE,
  /** Finding out which finished parts still hold. */
  RESUME,
  /** Beginning a multipart upload. */
  INITIATE,
  /** Sending. */
  UPLOAD,
  /** All parts are sent; OSS puts the object together. */
  COMPLETE,
  /** The answer to the commit was lost; finding out what became of it. */
  SETTLE,
  /** Removing what was sent from the server. */
  ABORT,
  /** Ended. */
  DONE,
  /** A stage of a newer library. */
  UNKNOWN;

  /** The order above is that of the numbers of the C API. */
  static Stage of(int number) {
    return number >= 0 && number < UNKNOWN.ordinal() ? values()[number] : UNKNOWN;
  }
}
