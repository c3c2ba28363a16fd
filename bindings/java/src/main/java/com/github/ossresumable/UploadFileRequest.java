package com.github.ossresumable;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What to upload, where to, and how. Everything is copied when an upload is started, so a request
 * may be changed and used again. Not for several threads at once.
 */
public final class UploadFileRequest {
  /**
   * Lets the engine choose the part size (a thousandth of the file, at least 4 MiB) or the number
   * of parts in flight (4 in this release).
   */
  public static final int AUTO = -1;

  static final int SOURCE_MEMORY = 2;

  private final String bucketName;
  private final String key;
  private String uploadFile;
  private byte[] uploadBytes;
  private long partSize;
  private int taskNum;
  private boolean enableCheckpoint;
  private String checkpointFile;
  private VerifyOnResume verifyOnResume = VerifyOnResume.IN_DOUBT;
  private boolean resumeByContent;
  private Callback callback;
  private ProgressListener progressListener;
  private final Map<String, String> headers = new LinkedHashMap<>();

  /**
   * A request without a file yet.
   *
   * @param bucketName the bucket
   * @param key the object's key, 1 to 1,023 bytes of UTF-8
   */
  public UploadFileRequest(String bucketName, String key) {
    this.bucketName = bucketName;
    this.key = key;
  }

  /**
   * The file to upload.
   *
   * @param path its path, instead of {@link #setUploadBytes}
   * @return this
   */
  public UploadFileRequest setUploadFile(String path) {
    this.uploadFile = path;
    return this;
  }

  /**
   * What to upload instead of a file. The bytes are copied when the upload is started. Resuming
   * needs {@link #setCheckpointFile}.
   *
   * @param bytes the object's content
   * @return this
   */
  public UploadFileRequest setUploadBytes(byte[] bytes) {
    this.uploadBytes = bytes;
    return this;
  }

  /**
   * The part size. One that would give more than 10,000 parts is raised, which the result tells.
   *
   * @param bytes 102,400 to 5,368,709,120, or {@link #AUTO}; 0, the default: 102,400
   * @return this
   */
  public UploadFileRequest setPartSize(long bytes) {
    this.partSize = bytes;
    return this;
  }

  /**
   * How many parts are in flight at once. That is no number of threads.
   *
   * @param parts 1 to 1,024, or {@link #AUTO}; 0, the default: 1
   * @return this
   */
  public UploadFileRequest setTaskNum(int parts) {
    this.taskNum = parts;
    return this;
  }

  /**
   * Whether to keep a checkpoint, and to resume from it.
   *
   * @param enable default: false
   * @return this
   */
  public UploadFileRequest setEnableCheckpoint(boolean enable) {
    this.enableCheckpoint = enable;
    return this;
  }

  /**
   * Where the checkpoint is. Looked at only if checkpoints are enabled.
   *
   * @param path a file, or an existing directory in which a name is derived; default: the upload
   *     file's path with {@code .ucp} behind it
   * @return this
   */
  public UploadFileRequest setCheckpointFile(String path) {
    this.checkpointFile = path;
    return this;
  }

  /**
   * Which finished parts are read again before an upload goes on.
   *
   * @param verify default: {@link VerifyOnResume#IN_DOUBT}
   * @return this
   */
  public UploadFileRequest setVerifyOnResume(VerifyOnResume verify) {
    this.verifyOnResume = verify;
    return this;
  }

  /**
   * For a checkpoint that was begun elsewhere: size and content decide whether it belongs to this
   * file, not path, times and inode.
   *
   * @param byContent default: false
   * @return this
   */
  public UploadFileRequest setResumeByContent(boolean byContent) {
    this.resumeByContent = byContent;
    return this;
  }

  /**
   * Whom OSS calls back when the object is stored.
   *
   * @param callback default: null, nobody
   * @return this
   */
  public UploadFileRequest setCallback(Callback callback) {
    this.callback = callback;
    return this;
  }

  /**
   * Who is told of progress.
   *
   * @param listener default: null, nobody
   * @return this
   */
  public UploadFileRequest setProgressListener(ProgressListener listener) {
    this.progressListener = listener;
    return this;
  }

  /**
   * A header of the object, sent with the requests for which OSS reads it; at most 256.
   *
   * @param name such as {@code Content-Type} or {@code x-oss-object-acl}
   * @param value its value
   * @return this
   */
  public UploadFileRequest setHeader(String name, String value) {
    headers.put(name, value);
    return this;
  }

  /**
   * Metadata of your own: the header {@code x-oss-meta-NAME}. 8 KiB in all.
   *
   * @param name the name, without {@code x-oss-meta-}
   * @param value its value
   * @return this
   */
  public UploadFileRequest addUserMetadata(String name, String value) {
    return setHeader("x-oss-meta-" + name, value);
  }

  String getBucketName() {
    return bucketName;
  }

  String getKey() {
    return key;
  }

  String getUploadFile() {
    return uploadFile;
  }

  String getCheckpointFile() {
    return checkpointFile;
  }

  ProgressListener getProgressListener() {
    return progressListener;
  }

  /** Starts the native upload; {@code token} is null when nobody wants to be told of progress. */
  Pointer start(Engine engine, Pointer client, Pointer token) {
    try (Arena arena = new Arena()) {
      PointerByReference upload = new PointerByReference();
      PointerByReference result = new PointerByReference();
      int code =
          engine.oss_resumable_upload_start(
              client,
              arena.text("bucket", bucketName),
              arena.text("object", key),
              arena.text("filepath", uploadFile),
              toStruct(arena, token),
              upload,
              result);
      Results.check(code, result);
      return upload.getValue();
    }
  }

  private Structs.Params toStruct(Arena arena, Pointer token) {
    Structs.Params struct = new Structs.Params();
    struct.thread_num = taskNum;
    struct.part_size = partSize;
    struct.enable_checkpoint = enableCheckpoint ? 1 : 0;
    struct.checkpoint_path = arena.text("checkpoint_path", checkpointFile);
    struct.verify_on_resume = verifyOnResume.ordinal();
    struct.resume_by_content = resumeByContent ? 1 : 0;
    struct.headers = arena.headers("headers", headers);
    struct.headers_len = new Engine.Size(headers.size());
    if (token != null) {
      struct.progress_callback = Callbacks.PROGRESS;
      struct.userdata = token;
    }
    if (uploadBytes != null) {
      struct.source = source(arena).getPointer();
    }
    if (callback != null) {
      struct.callback = callback.toStruct(arena).getPointer();
    }
    struct.write();
    return struct;
  }

  private Structs.Source source(Arena arena) {
    Structs.Source source = new Structs.Source();
    source.kind = SOURCE_MEMORY;
    source.data = arena.bytes(uploadBytes);
    source.data_len = new Engine.Size(uploadBytes.length);
    source.write();
    return source;
  }
}
