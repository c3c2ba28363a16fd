#import "OSSRInternal.h"

@interface OSSRClientHandle (Callbacks)
- (int32_t)answer:(oss_resumable_credentials_answer_t *)answer;
- (void)log:(int32_t)level line:(const char *)line;
@end

/* Called by C, inside calls that hold the handle. */
static int32_t onCredentials(oss_resumable_credentials_answer_t *answer, void *userdata) {
  return [(OSSR_BRIDGE(OSSRClientHandle *)userdata) answer:answer];
}

static void onLog(int32_t level, const char *line, void *userdata) {
  [(OSSR_BRIDGE(OSSRClientHandle *)userdata) log:level line:line];
}

static void writeSource(OSSRCredentialsSource *from, oss_resumable_credentials_t *to,
                        NSError *__autoreleasing *failed) {
  to->provider = OSSRText(from.provider, "provider", failed);
  to->profile_file = OSSRText(from.profileFile, "profile_file", failed);
  to->profile_name = OSSRText(from.profileName, "profile_name", failed);
  to->process = OSSRText(from.process, "process", failed);
  to->role_name = OSSRText(from.roleName, "role_name", failed);
  to->metadata_endpoint = OSSRText(from.metadataEndpoint, "metadata_endpoint", failed);
  to->role_arn = OSSRText(from.roleArn, "role_arn", failed);
  to->oidc_provider_arn = OSSRText(from.oidcProviderArn, "oidc_provider_arn", failed);
  to->oidc_token_file = OSSRText(from.oidcTokenFile, "oidc_token_file", failed);
  to->role_session_name = OSSRText(from.roleSessionName, "role_session_name", failed);
  to->sts_endpoint = OSSRText(from.stsEndpoint, "sts_endpoint", failed);
}

static void writeConfiguration(OSSRClientConfiguration *from, oss_resumable_config_t *to,
                               NSError *__autoreleasing *failed) {
  to->signature_version = (int32_t)from.signatureVersion;
  to->endpoint = OSSRText(from.endpoint, "endpoint", failed);
  to->region = OSSRText(from.region, "region", failed);
  to->access_key_id = OSSRText(from.accessKeyId, "access_key_id", failed);
  to->access_key_secret = OSSRText(from.accessKeySecret, "access_key_secret", failed);
  to->sts_token = OSSRText(from.securityToken, "sts_token", failed);
  to->ca_file = OSSRText(from.caFile, "ca_file", failed);
  to->is_cname = from.isCname ? 1 : 0;
  to->is_path_style = from.isPathStyle ? 1 : 0;
  to->connect_timeout_ms = from.connectTimeout;
  to->stall_timeout_ms = from.stallTimeout;
  to->retry_timeout_ms = from.retryTimeout;
  to->max_retries = from.maxRetryCount;
  to->endpoint_type = (int32_t)from.endpointType;
  to->first_byte_timeout_ms = from.firstByteTimeout;
  to->max_connections = from.maxConnections;
  to->proxy_from_environment = from.proxyFromEnvironment ? 1 : 0;
  to->bandwidth_limit = from.bandwidthLimit;
  to->proxy = OSSRText(from.proxy, "proxy", failed);
  to->proxy_user = OSSRText(from.proxyUserName, "proxy_user", failed);
  to->proxy_password = OSSRText(from.proxyPassword, "proxy_password", failed);
  to->no_proxy = OSSRText(from.noProxy, "no_proxy", failed);
  to->ca_data = [from.caData bytes];
  to->ca_data_len = [from.caData length];
  to->source_address = OSSRText(from.sourceAddress, "source_address", failed);
  to->user_agent = OSSRText(from.userAgent, "user_agent", failed);
  to->log_file = OSSRText(from.logFile, "log_file", failed);
  to->log_level = (int32_t)from.logLevel;
}

@implementation OSSRClientHandle

@synthesize credentialsError = _credentialsError;

- (BOOL)open:(OSSRClientConfiguration *)configuration error:(NSError **)error {
  NSError *failed = nil;
  oss_resumable_config_t config = OSS_RESUMABLE_CONFIG_INIT;
  oss_resumable_credentials_t credentials = OSS_RESUMABLE_CREDENTIALS_INIT;
  writeConfiguration(configuration, &config, &failed);
  provider = OSSR_RETAIN(configuration.credentialsProvider);
  logger = OSSR_RETAIN(configuration.logger);
  if (configuration.credentialsSource != nil) {
    writeSource(configuration.credentialsSource, &credentials, &failed);
    config.credentials = &credentials;
  }
  if (provider != nil) {
    if (credentials.provider == NULL) {
      credentials.provider = "callback";
    }
    credentials.callback = onCredentials;
    credentials.userdata = OSSR_BRIDGE(void *)self;
    config.credentials = &credentials;
  }
  if (logger != nil) {
    config.log_callback = onLog;
    config.log_userdata = OSSR_BRIDGE(void *)self;
  }
  if (failed != nil) {
    return OSSRFail(error, failed);
  }
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code = oss_resumable_client_new(&config, &client, &result);
  return code == OSS_RESUMABLE_OK ? YES : OSSRFail(error, OSSRTakeError(code, result, nil));
}

- (int32_t)answer:(oss_resumable_credentials_answer_t *)answer {
  int32_t code = 1;
  OSSR_POOL_BEGIN
  NSError *error = nil;
  @try {
    OSSRCredentials *given = [provider credentials:&error];
    if (given != nil) {
      code = oss_resumable_credentials_answer(
          answer, OSSRText(given.accessKeyId, "access_key_id", &error),
          OSSRText(given.accessKeySecret, "access_key_secret", &error),
          OSSRText(given.securityToken, "sts_token", &error),
          given.expiration == nil ? 0 : (int64_t)[given.expiration timeIntervalSince1970]);
    }
    if (code != 0 && error == nil) {
      error = OSSRMakeError(OSSRErrorCredentials, @"the provider returned no credentials that can be used");
    }
  } @catch (id thrown) {
    code = 1;
    error = OSSRMakeError(OSSRErrorCredentials, [thrown description]);
  }
  [self setCredentialsError:code == 0 ? nil : error];
  OSSR_POOL_END
  return code;
}

- (void)log:(int32_t)level line:(const char *)line {
  OSSR_POOL_BEGIN
  @try {
    [logger logLine:OSSRString(line) level:(OSSRLogLevel)level];
  } @catch (id thrown) {
    /* A log that cannot be written must not end an upload. */
    (void)thrown;
  }
  OSSR_POOL_END
}

- (void)dealloc {
  oss_resumable_client_free(client);
  OSSR_RELEASE(provider);
  OSSR_RELEASE(logger);
  OSSR_RELEASE(_credentialsError);
  OSSR_DEALLOC;
}

@end
