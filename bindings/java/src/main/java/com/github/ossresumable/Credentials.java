package com.github.ossresumable;

import java.time.Instant;

/** An access key, and its token and end where it is a temporary one. */
public final class Credentials {
  private final String accessKeyId;
  private final String secretAccessKey;
  private final String securityToken;
  private final Instant expiresAt;

  /**
   * Credentials that do not end.
   *
   * @param accessKeyId the id
   * @param secretAccessKey the secret
   */
  public Credentials(String accessKeyId, String secretAccessKey) {
    this(accessKeyId, secretAccessKey, null, null);
  }

  /**
   * Temporary credentials.
   *
   * @param accessKeyId the id
   * @param secretAccessKey the secret
   * @param securityToken the STS token; null: none
   * @param expiresAt when they end; null: they do not
   */
  public Credentials(
      String accessKeyId, String secretAccessKey, String securityToken, Instant expiresAt) {
    this.accessKeyId = accessKeyId;
    this.secretAccessKey = secretAccessKey;
    this.securityToken = securityToken;
    this.expiresAt = expiresAt;
  }

  String getAccessKeyId() {
    return accessKeyId;
  }

  String getSecretAccessKey() {
    return secretAccessKey;
  }

  String getSecurityToken() {
    return securityToken;
  }

  /** As C wants it: 0 for those that do not end. */
  long getExpiresAtSeconds() {
    return expiresAt == null ? 0 : expiresAt.getEpochSecond();
  }
}
