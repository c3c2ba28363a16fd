package com.github.ossresumable;

/** Asked for credentials when they are first needed, and before they end. */
@FunctionalInterface
public interface CredentialsProvider {
  /**
   * Called on a thread that waits for an upload or is inside another blocking call of the client,
   * one call at a time. It must not start or wait for an upload with the same client.
   *
   * <p>What it throws means that there are none now. It is asked again for as long as a request is
   * tried; if that ends with {@link ErrorCode#CREDENTIALS}, what was thrown is the exception's cause.
   *
   * @return credentials, not null
   * @throws Exception when there are none now
   */
  Credentials getCredentials() throws Exception;
}
