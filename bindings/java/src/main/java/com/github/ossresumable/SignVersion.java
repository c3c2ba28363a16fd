package com.github.ossresumable;

/** The OSS signature version. */
public enum SignVersion {
  /** Version 4. */
  V4(4),
  /** Version 1. */
  V1(1);

  final int number;

  SignVersion(int number) {
    this.number = number;
  }
}
