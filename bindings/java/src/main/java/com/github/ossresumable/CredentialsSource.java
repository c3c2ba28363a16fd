package com.github.ossresumable;

import com.sun.jna.Pointer;

/**
 * Where credentials come from, instead of from the builder. What is not set is taken from the
 * environment variable that the main README names, then from its default. Environment variables are
 * read once, when the client is built.
 */
public final class CredentialsSource {
  private final String provider;
  private final CredentialsProvider callback;
  private String profileFile;
  private String profileName;
  private String process;
  private String roleName;
  private String metadataEndpoint;
  private String roleArn;
  private String oidcProviderArn;
  private String oidcTokenFile;
  private String roleSessionName;
  private String stsEndpoint;

  private CredentialsSource(String provider, CredentialsProvider callback) {
    this.provider = provider;
    this.callback = callback;
  }

  /**
   * What this machine has: environment, OIDC, profile, ECS RAM role, in this order.
   *
   * @return a new source
   */
  public static CredentialsSource automatic() {
    return new CredentialsSource(null, null);
  }

  /**
   * One or more of {@code environment}, {@code profile}, {@code process}, {@code oidc} and {@code
   * ecs_ram_role}, separated by commas: the first that is set up on this machine decides.
   *
   * @param providers their names
   * @return a new source
   */
  public static CredentialsSource of(String providers) {
    return new CredentialsSource(providers, null);
  }

  /**
   * Your own code.
   *
   * @param provider asked when credentials are needed
   * @return a new source
   */
  public static CredentialsSource of(CredentialsProvider provider) {
    if (provider == null) {
      throw new NullPointerException("provider");
    }
    return new CredentialsSource("callback", provider);
  }

  /**
   * {@code profile}: the profile file of the Alibaba Cloud CLI.
   *
   * @param path its path; default {@code ~/.aliyun/config.json}
   * @return this
   */
  public CredentialsSource profileFile(String path) {
    this.profileFile = path;
    return this;
  }

  /**
   * {@code profile}: which one of the file.
   *
   * @param name its name; default: the file's current one
   * @return this
   */
  public CredentialsSource profileName(String name) {
    this.profileName = name;
    return this;
  }

  /**
   * {@code process}: a command line for the shell that prints JSON with AccessKeyId,
   * AccessKeySecret, SecurityToken and Expiration. Ended after 60 s.
   *
   * @param command the command line; required for this provider
   * @return this
   */
  public CredentialsSource process(String command) {
    this.process = command;
    return this;
  }

  /**
   * {@code ecs_ram_role}: the role.
   *
   * @param name its name; default: asked from the metadata service
   * @return this
   */
  public CredentialsSource roleName(String name) {
    this.roleName = name;
    return this;
  }

  /**
   * {@code ecs_ram_role}: the metadata service.
   *
   * @param url its address, HTTPS when no scheme is given; default {@code ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT},
   *     else {@code http://100.100.100.200}
   * @return this
   */
  public CredentialsSource metadataEndpoint(String url) {
    this.metadataEndpoint = url;
    return this;
  }

  /**
   * {@code oidc}: the role to assume.
   *
   * @param arn its ARN; default: ALIBABA_CLOUD_ROLE_ARN
   * @return this
   */
  public CredentialsSource roleArn(String arn) {
    this.roleArn = arn;
    return this;
  }

  /**
   * {@code oidc}: the identity provider.
   *
   * @param arn its ARN; default: ALIBABA_CLOUD_OIDC_PROVIDER_ARN
   * @return this
   */
  public CredentialsSource oidcProviderArn(String arn) {
    this.oidcProviderArn = arn;
    return this;
  }

  /**
   * {@code oidc}: the token's file, read for every renewal.
   *
   * @param path its path; default: ALIBABA_CLOUD_OIDC_TOKEN_FILE
   * @return this
   */
  public CredentialsSource oidcTokenFile(String path) {
    this.oidcTokenFile = path;
    return this;
  }

  /**
   * {@code oidc}: the session's name.
   *
   * @param name the name; default: ALIBABA_CLOUD_ROLE_SESSION_NAME, else {@code oss-resumable}
   * @return this
   */
  public CredentialsSource roleSessionName(String name) {
    this.roleSessionName = name;
    return this;
  }

  /**
   * {@code oidc} and roles of a profile: the STS service.
   *
   * @param url its address, HTTPS when no scheme is given; default that of the profile's {@code sts_region}, else
   *     {@code ALIBABA_CLOUD_STS_ENDPOINT}, else {@code https://sts.aliyuncs.com}
   * @return this
   */
  public CredentialsSource stsEndpoint(String url) {
    this.stsEndpoint = url;
    return this;
  }

  CredentialsProvider callback() {
    return callback;
  }

  Structs.Credentials toStruct(Arena arena, Pointer token) {
    Structs.Credentials struct = new Structs.Credentials();
    struct.provider = arena.text("provider", provider);
    struct.profile_file = arena.text("profile_file", profileFile);
    struct.profile_name = arena.text("profile_name", profileName);
    struct.process = arena.text("process", process);
    struct.role_name = arena.text("role_name", roleName);
    struct.metadata_endpoint = arena.text("metadata_endpoint", metadataEndpoint);
    struct.role_arn = arena.text("role_arn", roleArn);
    struct.oidc_provider_arn = arena.text("oidc_provider_arn", oidcProviderArn);
    struct.oidc_token_file = arena.text("oidc_token_file", oidcTokenFile);
    struct.role_session_name = arena.text("role_session_name", roleSessionName);
    struct.sts_endpoint = arena.text("sts_endpoint", stsEndpoint);
    if (callback != null) {
      struct.callback = Callbacks.CREDENTIALS;
      struct.userdata = token;
    }
    struct.write();
    return struct;
  }
}
