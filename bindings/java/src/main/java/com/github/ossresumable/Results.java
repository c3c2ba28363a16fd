package com.github.ossresumable;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads a native result into objects of Java and frees it. */
final class Results {
  private Results() {}

  static UploadResult success(Pointer result) {
    Engine engine = EngineLoader.engine();
    try {
      return new UploadResult(engine, result);
    } finally {
      engine.oss_resumable_result_free(result);
    }
  }

  static OssResumableException failure(int code, Pointer result) {
    Engine engine = EngineLoader.engine();
    try {
      return new OssResumableException(code, engine, result);
    } finally {
      engine.oss_resumable_result_free(result);
    }
  }

  /** Throws unless the call succeeded. */
  static void check(int code, PointerByReference result) {
    if (code != Engine.OK) {
      throw failure(code, result.getValue());
    }
  }

  static String text(Pointer text) {
    return text == null ? null : text.getString(0, "UTF-8");
  }

  static Map<String, String> headers(Engine engine, Pointer result) {
    Map<String, String> headers = new LinkedHashMap<>();
    PointerByReference name = new PointerByReference();
    PointerByReference value = new PointerByReference();
    long count = engine.oss_resumable_result_header_count(result).longValue();
    for (long i = 0; i < count; i++) {
      engine.oss_resumable_result_header_at(result, new Engine.Size(i), name, value);
      headers.merge(text(name.getValue()), text(value.getValue()), (a, b) -> a + ", " + b);
    }
    return Collections.unmodifiableMap(headers);
  }

  static byte[] body(Engine engine, Pointer result) {
    Engine.SizeReference length = new Engine.SizeReference();
    Pointer body = engine.oss_resumable_result_body(result, length);
    return body.getByteArray(0, (int) length.value());
  }
}
