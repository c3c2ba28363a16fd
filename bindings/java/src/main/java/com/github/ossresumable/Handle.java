package com.github.ossresumable;

import com.sun.jna.Pointer;

/**
 * A native object that is freed once: when it has been closed and no call uses it any more. So
 * closing never blocks, and no thread can close it under another one's feet.
 */
final class Handle {
  private final String name;
  private final Pointer pointer;
  private final Runnable free;
  private int users = 1;
  private boolean closed;

  Handle(String name, Pointer pointer, Runnable free) {
    this.name = name;
    this.pointer = pointer;
    this.free = free;
  }

  /** For one use; {@link #release()} has to follow. */
  synchronized Pointer acquire() {
    if (closed) {
      throw new IllegalStateException("the " + name + " is closed");
    }
    users++;
    return pointer;
  }

  /** As {@link #acquire()}, but null when it is closed. */
  synchronized Pointer acquireIfOpen() {
    return closed ? null : acquire();
  }

  void release() {
    boolean last;
    synchronized (this) {
      last = --users == 0;
    }
    if (last) {
      free.run();
    }
  }

  void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    release();
  }
}
