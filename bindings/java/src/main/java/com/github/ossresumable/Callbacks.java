package com.github.ossresumable;

import com.sun.jna.Pointer;

/**
 * What C calls. There is one native function for each kind, made once and reachable for ever, so
 * none can be collected while C knows it; the userdata tells whom it is for.
 */
final class Callbacks {
  static final Tokens<RunningUpload> UPLOADS = new Tokens<>();
  static final Tokens<ClientCallbacks> CLIENTS = new Tokens<>();

  static final Engine.ProgressCallback PROGRESS = Callbacks::progress;
  static final Engine.CredentialsCallback CREDENTIALS = Callbacks::credentials;
  static final Engine.LogCallback LOG = Callbacks::log;

  private static final int GO_ON = 0;
  private static final int STOP = 1;

  private Callbacks() {}

  private static int progress(long consumedBytes, long totalBytes, Pointer userdata) {
    RunningUpload upload = UPLOADS.get(userdata);
    return upload != null && upload.tell(consumedBytes, totalBytes) ? GO_ON : STOP;
  }

  private static int credentials(Pointer answer, Pointer userdata) {
    ClientCallbacks client = CLIENTS.get(userdata);
    return client != null && client.answer(answer) ? GO_ON : STOP;
  }

  private static void log(int level, Pointer line, Pointer userdata) {
    ClientCallbacks client = CLIENTS.get(userdata);
    if (client != null) {
      client.log(level, line);
    }
  }
}
