package com.github.ossresumable;

import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import java.lang.reflect.Field;
import java.util.List;

/**
 * The structs of oss_resumable.h, field by field. Text fields are pointers into an {@link Arena},
 * and the names are those of the header, so that a test can compare both.
 */
final class Structs {
  private Structs() {}

  /** Writes only when told to: JNA would otherwise read the fields back after every call. */
  public abstract static class Sized extends Structure {
    public int struct_size;

    Sized() {
      setAutoSynch(false);
    }

    @Override
    public void write() {
      struct_size = size();
      super.write();
    }

    /** For the comparison with the header, as are the next two. */
    List<String> fieldNames() {
      return getFieldOrder();
    }

    int offsetOf(String field) {
      return fieldOffset(field);
    }

    int sizeOf(String field) throws ReflectiveOperationException {
      Field ours = getClass().getField(field);
      return getNativeSize(ours.getType(), ours.get(this));
    }
  }

  @FieldOrder({
    "struct_size", "signature_version", "endpoint", "region", "access_key_id", "access_key_secret",
    "sts_token", "ca_file", "is_cname", "is_path_style", "connect_timeout_ms", "stall_timeout_ms",
    "retry_timeout_ms", "max_retries", "credentials", "endpoint_type", "first_byte_timeout_ms",
    "max_connections", "proxy_from_environment", "bandwidth_limit", "proxy", "proxy_user",
    "proxy_password", "no_proxy", "ca_data", "ca_data_len", "source_address", "user_agent",
    "log_file", "log_callback", "log_userdata", "log_level", "reserved"
  })
  public static final class Config extends Sized {
    public int signature_version;
    public Pointer endpoint;
    public Pointer region;
    public Pointer access_key_id;
    public Pointer access_key_secret;
    public Pointer sts_token;
    public Pointer ca_file;
    public int is_cname;
    public int is_path_style;
    public int connect_timeout_ms;
    public int stall_timeout_ms;
    public int retry_timeout_ms;
    public int max_retries;
    public Pointer credentials;
    public int endpoint_type;
    public int first_byte_timeout_ms;
    public int max_connections;
    public int proxy_from_environment;
    public long bandwidth_limit;
    public Pointer proxy;
    public Pointer proxy_user;
    public Pointer proxy_password;
    public Pointer no_proxy;
    public Pointer ca_data;
    public Engine.Size ca_data_len = new Engine.Size();
    public Pointer source_address;
    public Pointer user_agent;
    public Pointer log_file;
    public Engine.LogCallback log_callback;
    public Pointer log_userdata;
    public int log_level;
    public int reserved;
  }

  @FieldOrder({
    "struct_size", "reserved", "provider", "profile_file", "profile_name", "process", "role_name",
    "metadata_endpoint", "role_arn", "oidc_provider_arn", "oidc_token_file", "role_session_name",
    "sts_endpoint", "callback", "userdata"
  })
  public static final class Credentials extends Sized {
    public int reserved;
    public Pointer provider;
    public Pointer profile_file;
    public Pointer profile_name;
    public Pointer process;
    public Pointer role_name;
    public Pointer metadata_endpoint;
    public Pointer role_arn;
    public Pointer oidc_provider_arn;
    public Pointer oidc_token_file;
    public Pointer role_session_name;
    public Pointer sts_endpoint;
    public Engine.CredentialsCallback callback;
    public Pointer userdata;
  }

  @FieldOrder({"struct_size", "kind", "handle", "data", "data_len"})
  public static final class Source extends Sized {
    public int kind;
    public long handle;
    public Pointer data;
    public Engine.Size data_len = new Engine.Size();
  }

  @FieldOrder({
    "struct_size", "sni", "url", "host", "body", "body_type", "variables", "variables_len"
  })
  public static final class Callback extends Sized {
    public int sni;
    public Pointer url;
    public Pointer host;
    public Pointer body;
    public Pointer body_type;
    public Pointer variables;
    public Engine.Size variables_len = new Engine.Size();
  }

  @FieldOrder({
    "struct_size", "thread_num", "part_size", "enable_checkpoint", "flags", "checkpoint_path",
    "progress_callback", "userdata", "headers", "headers_len", "source", "callback",
    "verify_on_resume", "resume_by_content"
  })
  public static final class Params extends Sized {
    public int thread_num;
    public long part_size;
    public int enable_checkpoint;
    public int flags;
    public Pointer checkpoint_path;
    public Engine.ProgressCallback progress_callback;
    public Pointer userdata;
    public Pointer headers;
    public Engine.Size headers_len = new Engine.Size();
    public Pointer source;
    public Pointer callback;
    public int verify_on_resume;
    public int resume_by_content;
  }

  @FieldOrder({
    "struct_size", "stage", "consumed_bytes", "total_bytes", "resumed_bytes", "parts_done",
    "parts_total", "retries", "reserved"
  })
  public static final class Progress extends Sized {
    public int stage;
    public long consumed_bytes;
    public long total_bytes;
    public long resumed_bytes;
    public int parts_done;
    public int parts_total;
    public int retries;
    public int reserved;
  }
}
