package com.github.ossresumable;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;

/** Settings of a client. What is not set has the engine's default. Not for several threads at once. */
public final class OssResumableClientBuilder {
  private String endpoint;
  private String region;
  private EndpointType endpointType = EndpointType.PUBLIC;
  private SignVersion signatureVersion = SignVersion.V4;
  private String accessKeyId;
  private String accessKeySecret;
  private String securityToken;
  private String caFile;
  private boolean cname;
  private boolean pathStyle;
  private int connectTimeoutMs;
  private int stallTimeoutMs;
  private int firstByteTimeoutMs;
  private int retryTimeoutMs;
  private int maxRetries;
  private int maxConnections;
  private long bandwidthLimit;
  private String proxy;
  private String proxyUser;
  private String proxyPassword;
  private String noProxy;
  private boolean proxyFromEnvironment;
  private String sourceAddress;
  private String userAgent;
  private String logFile;
  private LogLevel logLevel = LogLevel.NONE;
  private byte[] caData;
  private CredentialsSource credentials;
  private LogListener logListener;

  OssResumableClientBuilder() {}

  /**
   * Where OSS is.
   *
   * @param endpoint {@code [http://|https://]host[:port]}; HTTPS when no scheme is given; default: made from
   *     region and endpoint type
   * @return this
   */
  public OssResumableClientBuilder endpoint(String endpoint) {
    this.endpoint = endpoint;
    return this;
  }

  /**
   * The region.
   *
   * @param region such as {@code cn-hangzhou}; {@code oss-cn-hangzhou} means the same; default: what the
   *     endpoint tells
   * @return this
   */
  public OssResumableClientBuilder region(String region) {
    this.region = region;
    return this;
  }

  /**
   * Which endpoint of the region, where none is given.
   *
   * @param endpointType default: {@link EndpointType#PUBLIC}
   * @return this
   */
  public OssResumableClientBuilder endpointType(EndpointType endpointType) {
    this.endpointType = endpointType;
    return this;
  }

  /**
   * The signature version.
   *
   * @param signatureVersion default: {@link SignVersion#V4}
   * @return this
   */
  public OssResumableClientBuilder signatureVersion(SignVersion signatureVersion) {
    this.signatureVersion = signatureVersion;
    return this;
  }

  /**
   * The access key's id.
   *
   * @param accessKeyId required, unless {@link #credentials} is given
   * @return this
   */
  public OssResumableClientBuilder accessKeyId(String accessKeyId) {
    this.accessKeyId = accessKeyId;
    return this;
  }

  /**
   * The access key's secret.
   *
   * @param accessKeySecret required, unless {@link #credentials} is given
   * @return this
   */
  public OssResumableClientBuilder accessKeySecret(String accessKeySecret) {
    this.accessKeySecret = accessKeySecret;
    return this;
  }

  /**
   * The token of temporary (STS) credentials.
   *
   * @param securityToken default: none
   * @return this
   */
  public OssResumableClientBuilder securityToken(String securityToken) {
    this.securityToken = securityToken;
    return this;
  }

  /**
   * Certificates to trust besides the system's.
   *
   * @param caFile the path of a PEM file; default: none
   * @return this
   */
  public OssResumableClientBuilder caFile(String caFile) {
    this.caFile = caFile;
    return this;
  }

  /**
   * Whether the endpoint is the bucket's own domain (CNAME).
   *
   * @param cname default: false
   * @return this
   */
  public OssResumableClientBuilder cname(boolean cname) {
    this.cname = cname;
    return this;
  }

  /**
   * Whether the bucket goes into the path. Always so for IP addresses.
   *
   * @param pathStyle default: false
   * @return this
   */
  public OssResumableClientBuilder pathStyle(boolean pathStyle) {
    this.pathStyle = pathStyle;
    return this;
  }

  /**
   * The time for one connection, name resolution and TLS included.
   *
   * @param connectTimeoutMs milliseconds, from 1; 0, the default: 10,000
   * @return this
   */
  public OssResumableClientBuilder connectTimeoutMs(int connectTimeoutMs) {
    this.connectTimeoutMs = connectTimeoutMs;
    return this;
  }

  /**
   * An attempt during which nothing moves for so long is made again.
   *
   * @param stallTimeoutMs milliseconds, from 1; 0, the default: 30,000
   * @return this
   */
  public OssResumableClientBuilder stallTimeoutMs(int stallTimeoutMs) {
    this.stallTimeoutMs = stallTimeoutMs;
    return this;
  }

  /**
   * From when a request is out until the first byte of its answer.
   *
   * @param firstByteTimeoutMs milliseconds, from 1; 0, the default: as the stall timeout. Four times that for
   *     CompleteMultipartUpload, and longer with an upload callback, so that its receivers have their time
   * @return this
   */
  public OssResumableClientBuilder firstByteTimeoutMs(int firstByteTimeoutMs) {
    this.firstByteTimeoutMs = firstByteTimeoutMs;
    return this;
  }

  /**
   * A request that keeps failing for so long fails the upload.
   *
   * @param retryTimeoutMs milliseconds, from 1; 0, the default: 300,000
   * @return this
   */
  public OssResumableClientBuilder retryTimeoutMs(int retryTimeoutMs) {
    this.retryTimeoutMs = retryTimeoutMs;
    return this;
  }

  /**
   * Retries of one request.
   *
   * @param maxRetries 0, the default: bounded by the retry timeout alone; -1: none
   * @return this
   */
  public OssResumableClientBuilder maxRetries(int maxRetries) {
    this.maxRetries = maxRetries;
    return this;
  }

  /**
   * Requests in flight over all uploads of the client.
   *
   * @param maxConnections 1 to 4,096; 0, the default: as many as the uploads' task numbers together
   * @return this
   */
  public OssResumableClientBuilder maxConnections(int maxConnections) {
    this.maxConnections = maxConnections;
    return this;
  }

  /**
   * What all uploads of the client send.
   *
   * @param bandwidthLimit bytes per second, at least 1,024; 0, the default: no limit
   * @return this
   */
  public OssResumableClientBuilder bandwidthLimit(long bandwidthLimit) {
    this.bandwidthLimit = bandwidthLimit;
    return this;
  }

  /**
   * The proxy.
   *
   * @param proxy {@code [http|https|socks5|socks5h://][user:password@]host[:port]}; default: none
   * @return this
   */
  public OssResumableClientBuilder proxy(String proxy) {
    this.proxy = proxy;
    return this;
  }

  /**
   * The proxy's user, instead of one in its address and not percent-encoded.
   *
   * @param proxyUser default: none
   * @return this
   */
  public OssResumableClientBuilder proxyUser(String proxyUser) {
    this.proxyUser = proxyUser;
    return this;
  }

  /**
   * The proxy's password.
   *
   * @param proxyPassword default: none
   * @return this
   */
  public OssResumableClientBuilder proxyPassword(String proxyPassword) {
    this.proxyPassword = proxyPassword;
    return this;
  }

  /**
   * Hosts that are reached without the proxy.
   *
   * @param noProxy names with their subdomains, addresses, CIDR blocks, {@code *}, separated by commas;
   *     default: none
   * @return this
   */
  public OssResumableClientBuilder noProxy(String noProxy) {
    this.noProxy = noProxy;
    return this;
  }

  /**
   * Whether to use the proxy that https_proxy, http_proxy, all_proxy and no_proxy name.
   *
   * @param proxyFromEnvironment default: false
   * @return this
   */
  public OssResumableClientBuilder proxyFromEnvironment(boolean proxyFromEnvironment) {
    this.proxyFromEnvironment = proxyFromEnvironment;
    return this;
  }

  /**
   * The address that connections come from.
   *
   * @param sourceAddress IPv4 or IPv6; default: the system's choice
   * @return this
   */
  public OssResumableClientBuilder sourceAddress(String sourceAddress) {
    this.sourceAddress = sourceAddress;
    return this;
  }

  /**
   * What stands behind the library's name in User-Agent.
   *
   * @param userAgent at most 256 bytes; default: nothing
   * @return this
   */
  public OssResumableClientBuilder userAgent(String userAgent) {
    this.userAgent = userAgent;
    return this;
  }

  /**
   * A file to which the log is appended.
   *
   * @param logFile its path; default: none
   * @return this
   */
  public OssResumableClientBuilder logFile(String logFile) {
    this.logFile = logFile;
    return this;
  }

  /**
   * How much is logged.
   *
   * @param logLevel default: {@link LogLevel#NONE}, even if a file or a listener is given
   * @return this
   */
  public OssResumableClientBuilder logLevel(LogLevel logLevel) {
    this.logLevel = logLevel;
    return this;
  }

  /**
   * Certificates to trust besides the system's and the file's.
   *
   * @param pem PEM text; default: none
   * @return this
   */
  public OssResumableClientBuilder caData(byte[] pem) {
    this.caData = pem.clone();
    return this;
  }

  /**
   * Where credentials come from, instead of an access key that is given here.
   *
   * @param source default: none
   * @return this
   */
  public OssResumableClientBuilder credentials(CredentialsSource source) {
    this.credentials = source;
    return this;
  }

  /**
   * Credentials from code of yours.
   *
   * @param provider asked when credentials are needed
   * @return this
   */
  public OssResumableClientBuilder credentialsProvider(CredentialsProvider provider) {
    return credentials(CredentialsSource.of(provider));
  }

  /**
   * Who gets the log, instead of a file. {@link #logLevel} has to be set too.
   *
   * @param listener default: nobody
   * @return this
   */
  public OssResumableClientBuilder logListener(LogListener listener) {
    this.logListener = listener;
    return this;
  }

  /**
   * Makes the client. Sends nothing and starts no thread.
   *
   * @return a client, to be closed
   * @throws OssResumableException with {@link ErrorCode#INVALID_ARGUMENT} for a setting that cannot
   *     be used
   * @throws UnsatisfiedLinkError when the library cannot be loaded, or is of another version
   */
  public OssResumableClient build() {
    Engine engine = EngineLoader.engine();
    ClientCallbacks callbacks =
        new ClientCallbacks(credentials == null ? null : credentials.callback(), logListener);
    Pointer token = Callbacks.CLIENTS.put(callbacks);
    Pointer client;
    try (Arena arena = new Arena()) {
      PointerByReference made = new PointerByReference();
      PointerByReference result = new PointerByReference();
      Results.check(
          engine.oss_resumable_client_new(toStruct(arena, token), made, result), result);
      client = made.getValue();
    } catch (Throwable failed) {
      Callbacks.CLIENTS.remove(token);
      throw failed;
    }
    Runnable free =
        () -> {
          engine.oss_resumable_client_free(client);
          Callbacks.CLIENTS.remove(token);
        };
    return new OssResumableClient(engine, new Handle("client", client, free), callbacks);
  }

  private Structs.Config toStruct(Arena arena, Pointer token) {
    Structs.Config struct = new Structs.Config();
    struct.endpoint = arena.text("endpoint", endpoint);
    struct.region = arena.text("region", region);
    struct.endpoint_type = endpointType.ordinal();
    struct.signature_version = signatureVersion.number;
    struct.access_key_id = arena.text("access_key_id", accessKeyId);
    struct.access_key_secret = arena.text("access_key_secret", accessKeySecret);
    struct.sts_token = arena.text("sts_token", securityToken);
    struct.ca_file = arena.text("ca_file", caFile);
    struct.is_cname = cname ? 1 : 0;
    struct.is_path_style = pathStyle ? 1 : 0;
    struct.connect_timeout_ms = connectTimeoutMs;
    struct.stall_timeout_ms = stallTimeoutMs;
    struct.first_byte_timeout_ms = firstByteTimeoutMs;
    struct.retry_timeout_ms = retryTimeoutMs;
    struct.max_retries = maxRetries;
    struct.max_connections = maxConnections;
    struct.bandwidth_limit = bandwidthLimit;
    struct.proxy = arena.text("proxy", proxy);
    struct.proxy_user = arena.text("proxy_user", proxyUser);
    struct.proxy_password = arena.text("proxy_password", proxyPassword);
    struct.no_proxy = arena.text("no_proxy", noProxy);
    struct.proxy_from_environment = proxyFromEnvironment ? 1 : 0;
    struct.source_address = arena.text("source_address", sourceAddress);
    struct.user_agent = arena.text("user_agent", userAgent);
    struct.log_file = arena.text("log_file", logFile);
    struct.log_level = logLevel.ordinal();
    if (caData != null) {
      struct.ca_data = arena.bytes(caData);
      struct.ca_data_len = new Engine.Size(caData.length);
    }
    if (credentials != null) {
      struct.credentials = credentials.toStruct(arena, token).getPointer();
    }
    if (logListener != null) {
      struct.log_callback = Callbacks.LOG;
      struct.log_userdata = token;
    }
    struct.write();
    return struct;
  }
}
