package com.github.ossresumable;

/** How much the log tells. */
public enum LogLevel {
  /** Nothing. */
  NONE,
  /** Uploads that failed. */
  ERROR,
  /** Attempts that failed and may be made again. */
  WARN,
  /** Uploads that begin and end, credentials that are renewed. */
  INFO,
  /** Every request, with part, attempt, time, status and request id. */
  DEBUG,
  /** URLs and the names of headers. */
  TRACE;

  static LogLevel of(int number) {
    return number >= 0 && number < values().length ? values()[number] : TRACE;
  }
}
