package com.github.ossresumable;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** Things worth knowing about an upload that do not change its outcome. */
public enum Warning {
  /** The checkpoint could not be written; the upload went on, but could not have been resumed. */
  RESUMABILITY_LOST(1),
  /** The object is stored, but the upload callback of OSS failed. */
  CALLBACK_FAILED(2),
  /** The upload id was gone or unusable on the server; everything was sent again. */
  RESTARTED(4),
  /** The part size was raised so that the file fits into 10,000 parts. */
  PART_SIZE_RAISED(8),
  /** The checkpoint could not be deleted; it was emptied, so the next upload begins anew. */
  CHECKPOINT_LEFT(16),
  /** An unfinished multipart upload may be left on the server. */
  UPLOAD_LEFT(32),
  /** The object is stored, but the answer of the callback's receiver was lost. */
  CALLBACK_REPLY_LOST(64);

  private final int bit;

  Warning(int bit) {
    this.bit = bit;
  }

  /**
   * The bit of the C API.
   *
   * @return a power of two
   */
  public int getBit() {
    return bit;
  }

  static Set<Warning> of(int bits) {
    EnumSet<Warning> found = EnumSet.noneOf(Warning.class);
    for (Warning warning : values()) {
      if ((bits & warning.bit) != 0) {
        found.add(warning);
      }
    }
    return Collections.unmodifiableSet(found);
  }
}
