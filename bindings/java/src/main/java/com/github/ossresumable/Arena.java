package com.github.ossresumable;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Native memory for the arguments of one call. The library copies what it is given, so everything
 * is wiped and freed when the call has returned: secrets are among it.
 */
final class Arena implements AutoCloseable {
  private final List<Memory> blocks = new ArrayList<>();

  /**
   * A text in UTF-8 with a NUL; null stays NULL. Text that C could not tell apart from another one
   * is refused here, with the field's name, as the library does it.
   */
  Pointer text(String field, String value) {
    if (value == null) {
      return null;
    }
    if (value.indexOf('\0') >= 0) {
      throw OssResumableException.invalidArgument(field + ": must not contain a NUL");
    }
    ByteBuffer utf8;
    try {
      utf8 = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(value));
    } catch (CharacterCodingException e) {
      throw OssResumableException.invalidArgument(field + ": must not contain half a surrogate pair");
    }
    int length = utf8.remaining();
    Memory block = block(length + 1L);
    block.write(0, utf8.array(), utf8.arrayOffset(), length);
    block.setByte(length, (byte) 0);
    return block;
  }

  Pointer bytes(byte[] value) {
    // One byte more, because there is no block of none.
    Memory block = block(value.length + 1L);
    block.write(0, value, 0, value.length);
    return block;
  }

  /** An array of oss_resumable_header_t: two pointers each. */
  Pointer headers(String field, Map<String, String> headers) {
    if (headers.isEmpty()) {
      return null;
    }
    Memory block = block(2L * Native.POINTER_SIZE * headers.size());
    long at = 0;
    for (Map.Entry<String, String> header : headers.entrySet()) {
      block.setPointer(at, text(field, header.getKey()));
      block.setPointer(at + Native.POINTER_SIZE, text(field, header.getValue()));
      at += 2L * Native.POINTER_SIZE;
    }
    return block;
  }

  private Memory block(long size) {
    Memory block = new Memory(size);
    blocks.add(block);
    return block;
  }

  @Override
  public void close() {
    for (Memory block : blocks) {
      block.clear();
      block.close();
    }
    blocks.clear();
  }
}
