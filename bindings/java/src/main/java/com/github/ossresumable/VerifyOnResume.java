package com.github.ossresumable;

/** Which finished parts are read again before an upload goes on. */
public enum VerifyOnResume {
  /** Those where size and modification time agree but something else about the file does not. */
  IN_DOUBT,
  /** All. */
  ALWAYS,
  /** None. */
  NEVER
}
