package com.github.ossresumable;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.File;
import java.io.IOException;
import java.util.Collections;

/**
 * Finds the library: where OSS_RESUMABLE_LIBRARY says, else the copy in the jar, else where the
 * system looks.
 */
final class EngineLoader {
  /** What this binding was made for. Structs only grow within one major.minor of 0.x. */
  static final int MAJOR = 0;

  static final int MINOR = 1;

  private static final String NAME = "oss_resumable";
  private static Engine engine;

  private EngineLoader() {}

  /**
   * Loaded when first used and not in a static initialiser, whose failure would hide its reason
   * from the second use on.
   */
  static synchronized Engine engine() {
    if (engine == null) {
      engine = load(System.getenv("OSS_RESUMABLE_LIBRARY"));
    }
    return engine;
  }

  static Engine load(String path) {
    Engine loaded;
    if (path != null && !path.isEmpty()) {
      loaded = open(path);
    } else {
      loaded = loadPackedOrInstalled();
    }
    checkVersion(loaded.oss_resumable_version_number(), loaded.oss_resumable_version());
    return loaded;
  }

  private static Engine loadPackedOrInstalled() {
    File packed;
    try {
      packed = Native.extractFromResourcePath(NAME, EngineLoader.class.getClassLoader());
    } catch (IOException nothingPackedForThisSystem) {
      return open(NAME);
    }
    try {
      return open(packed.getPath());
    } finally {
      // A copy that was unpacked from a jar has a name of JNA's making. On Unix it can go once
      // it is loaded; elsewhere JNA removes it with a later run.
      if (packed.getName().startsWith("jna")) {
        packed.delete();
      }
    }
  }

  private static Engine open(String nameOrPath) {
    return Native.load(
        nameOrPath,
        Engine.class,
        Collections.singletonMap(Library.OPTION_STRING_ENCODING, "UTF-8"));
  }

  static void checkVersion(int number, String version) {
    if (number / 10000 != MAJOR || number / 100 % 100 != MINOR) {
      throw new UnsatisfiedLinkError(
          "liboss_resumable is version " + version + ", but this jar needs "
              + MAJOR + "." + MINOR + ".x");
    }
  }
}
