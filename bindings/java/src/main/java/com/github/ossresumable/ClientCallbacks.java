package com.github.ossresumable;

import com.sun.jna.Pointer;

/** The user's objects that a client calls. */
final class ClientCallbacks {
  private final CredentialsProvider provider;
  private final LogListener listener;
  /** What the provider threw last, unless it answered since. */
  private volatile Throwable providerFailure;

  ClientCallbacks(CredentialsProvider provider, LogListener listener) {
    this.provider = provider;
    this.listener = listener;
  }

  /** The same exception, with what the provider threw as its cause where that is the cause. */
  OssResumableException explain(OssResumableException failure) {
    Throwable thrown = providerFailure;
    if (failure.getCode() == ErrorCode.CREDENTIALS && thrown != null) {
      failure.initCause(thrown);
    }
    return failure;
  }

  boolean answer(Pointer answer) {
    try (Arena arena = new Arena()) {
      Credentials credentials = provider.getCredentials();
      int code =
          EngineLoader.engine()
              .oss_resumable_credentials_answer(
                  answer,
                  arena.text("access_key_id", credentials.getAccessKeyId()),
                  arena.text("access_key_secret", credentials.getSecretAccessKey()),
                  arena.text("sts_token", credentials.getSecurityToken()),
                  credentials.getExpiresAtSeconds());
      providerFailure = null;
      return code == Engine.OK;
    } catch (Throwable thrown) {
      // Nothing may be thrown through C. It becomes the cause of the call's exception.
      providerFailure = thrown;
      return false;
    }
  }

  void log(int level, Pointer line) {
    try {
      listener.log(LogLevel.of(level), line.getString(0, "UTF-8"));
    } catch (Throwable thrown) {
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
    }
  }
}
