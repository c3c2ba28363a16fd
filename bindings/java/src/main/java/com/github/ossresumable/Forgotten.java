package com.github.ossresumable;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;

/**
 * Clients that were never closed: freed when the next one is made after the collector found them.
 * That needs neither finalizers nor a thread, and a program that makes one client leaks nothing
 * that would grow.
 */
final class Forgotten extends PhantomReference<OssResumableClient> {
  private static final ReferenceQueue<OssResumableClient> QUEUE = new ReferenceQueue<>();
  private static final Set<Forgotten> WATCHED = Collections.synchronizedSet(new HashSet<>());

  private final Handle handle;

  private Forgotten(OssResumableClient client, Handle handle) {
    super(client, QUEUE);
    this.handle = handle;
  }

  static Forgotten watch(OssResumableClient client, Handle handle) {
    closeAll();
    Forgotten watched = new Forgotten(client, handle);
    WATCHED.add(watched);
    return watched;
  }

  /** For a test. */
  static int watchedCount() {
    return WATCHED.size();
  }

  void unwatch() {
    WATCHED.remove(this);
  }

  private static void closeAll() {
    for (Object found = QUEUE.poll(); found != null; found = QUEUE.poll()) {
      Forgotten forgotten = (Forgotten) found;
      forgotten.unwatch();
      forgotten.handle.close();
    }
  }
}
