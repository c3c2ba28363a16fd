package com.github.ossresumable;

import com.sun.jna.Pointer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What C is given as userdata: numbers that stand for objects, never addresses, because the
 * collector moves objects.
 */
final class Tokens<T> {
  private static final AtomicLong LAST = new AtomicLong();

  private final ConcurrentHashMap<Long, T> objects = new ConcurrentHashMap<>();

  Pointer put(T object) {
    long token = LAST.incrementAndGet();
    objects.put(token, object);
    return new Pointer(token);
  }

  /** Null when it has been removed. */
  T get(Pointer token) {
    return objects.get(Pointer.nativeValue(token));
  }

  void remove(Pointer token) {
    objects.remove(Pointer.nativeValue(token));
  }
}
