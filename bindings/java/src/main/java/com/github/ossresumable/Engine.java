package com.github.ossresumable;

import com.sun.jna.Callback;
import com.sun.jna.IntegerType;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;

/** The functions of oss_resumable.h. Text goes in as memory that {@link Arena} has checked. */
interface Engine extends Library {

  /** size_t of this machine. */
  final class Size extends IntegerType {
    private static final long serialVersionUID = 1L;

    public Size() {
      this(0);
    }

    Size(long value) {
      super(Native.SIZE_T_SIZE, value, true);
    }
  }

  /** Where a function writes a size_t. */
  final class SizeReference extends com.sun.jna.ptr.ByReference {
    public SizeReference() {
      super(Native.SIZE_T_SIZE);
    }

    long value() {
      return Native.SIZE_T_SIZE == 8 ? getPointer().getLong(0) : getPointer().getInt(0) & 0xffffffffL;
    }
  }

  interface ProgressCallback extends Callback {
    int invoke(long consumedBytes, long totalBytes, Pointer userdata);
  }

  interface CredentialsCallback extends Callback {
    int invoke(Pointer answer, Pointer userdata);
  }

  interface LogCallback extends Callback {
    void invoke(int level, Pointer line, Pointer userdata);
  }

  int PENDING = 1;
  int OK = 0;

  String oss_resumable_version();

  int oss_resumable_version_number();

  int oss_resumable_client_new(
      Structs.Config config, PointerByReference client, PointerByReference result);

  int oss_resumable_client_set_bandwidth_limit(Pointer client, long bytesPerSecond);

  int oss_resumable_client_set_credentials(Pointer client, Pointer id, Pointer secret, Pointer token);

  void oss_resumable_client_free(Pointer client);

  int oss_resumable_credentials_answer(
      Pointer answer, Pointer id, Pointer secret, Pointer token, long expiresAt);

  int oss_resumable_upload_start(
      Pointer client,
      Pointer bucket,
      Pointer object,
      Pointer filepath,
      Structs.Params params,
      PointerByReference upload,
      PointerByReference result);

  int oss_resumable_upload_wait(Pointer upload, long timeoutMs);

  int oss_resumable_upload_progress(Pointer upload, Structs.Progress progress);

  void oss_resumable_upload_cancel(Pointer upload);

  int oss_resumable_upload_result(Pointer upload, PointerByReference result);

  void oss_resumable_upload_free(Pointer upload);

  int oss_resumable_discard(
      Pointer client,
      Pointer bucket,
      Pointer object,
      Pointer filepath,
      Pointer checkpointPath,
      PointerByReference result);

  int oss_resumable_list_uploads(
      Pointer client,
      Pointer bucket,
      Pointer prefix,
      long minAgeSeconds,
      PointerByReference list,
      PointerByReference result);

  Size oss_resumable_upload_list_count(Pointer list);

  int oss_resumable_upload_list_at(
      Pointer list,
      Size index,
      PointerByReference object,
      PointerByReference uploadId,
      LongByReference initiated);

  void oss_resumable_upload_list_free(Pointer list);

  int oss_resumable_abort_upload(
      Pointer client, Pointer bucket, Pointer object, Pointer uploadId, PointerByReference result);

  int oss_resumable_abort_uploads(
      Pointer client,
      Pointer bucket,
      Pointer prefix,
      long minAgeSeconds,
      LongByReference aborted,
      PointerByReference result);

  Pointer oss_resumable_result_message(Pointer result);

  Pointer oss_resumable_result_stage(Pointer result);

  int oss_resumable_result_part_number(Pointer result);

  long oss_resumable_result_offset(Pointer result);

  int oss_resumable_result_os_errno(Pointer result);

  Pointer oss_resumable_result_reason(Pointer result);

  int oss_resumable_result_attempts(Pointer result);

  int oss_resumable_result_retryable(Pointer result);

  Pointer oss_resumable_result_callback_error(Pointer result);

  int oss_resumable_result_http_status(Pointer result);

  Pointer oss_resumable_result_error_code(Pointer result);

  Pointer oss_resumable_result_request_id(Pointer result);

  Pointer oss_resumable_result_host_id(Pointer result);

  Pointer oss_resumable_result_ec(Pointer result);

  Pointer oss_resumable_result_etag(Pointer result);

  Pointer oss_resumable_result_version_id(Pointer result);

  Pointer oss_resumable_result_upload_id(Pointer result);

  long oss_resumable_result_crc64(Pointer result);

  long oss_resumable_result_resumed_bytes(Pointer result);

  long oss_resumable_result_part_size(Pointer result);

  int oss_resumable_result_parts(Pointer result);

  int oss_resumable_result_retries(Pointer result);

  int oss_resumable_result_warnings(Pointer result);

  Size oss_resumable_result_header_count(Pointer result);

  int oss_resumable_result_header_at(
      Pointer result, Size index, PointerByReference name, PointerByReference value);

  Pointer oss_resumable_result_body(Pointer result, SizeReference length);

  void oss_resumable_result_free(Pointer result);
}
