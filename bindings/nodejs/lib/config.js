'use strict';

// The options of a client, as oss_resumable_config_t.

const check = require('./check.js');
const { ENDPOINT_TYPES, LOG_LEVELS } = require('./constants.js');
const { blank, structs } = require('./structs.js');

const CREDENTIALS = {
  provider: 'provider',
  profileFile: 'profile_file',
  profileName: 'profile_name',
  process: 'process',
  roleName: 'role_name',
  metadataEndpoint: 'metadata_endpoint',
  roleArn: 'role_arn',
  oidcProviderArn: 'oidc_provider_arn',
  oidcTokenFile: 'oidc_token_file',
  roleSessionName: 'role_session_name',
  stsEndpoint: 'sts_endpoint',
};

const { text, flag, int32, int64 } = check;

// Option: [field, how it is checked].
const FIELDS = {
  endpoint: ['endpoint', text],
  region: ['region', text],
  accessKeyId: ['access_key_id', text],
  accessKeySecret: ['access_key_secret', text],
  stsToken: ['sts_token', text],
  signatureVersion: ['signature_version', int32],
  cname: ['is_cname', flag],
  pathStyle: ['is_path_style', flag],
  endpointType: ['endpoint_type', (name, value) => check.choice(name, value, ENDPOINT_TYPES)],
  caFile: ['ca_file', text],
  connectTimeoutMs: ['connect_timeout_ms', int32],
  stallTimeoutMs: ['stall_timeout_ms', int32],
  firstByteTimeoutMs: ['first_byte_timeout_ms', int32],
  retryTimeoutMs: ['retry_timeout_ms', int32],
  maxRetries: ['max_retries', int32],
  maxConnections: ['max_connections', int32],
  bandwidthLimit: ['bandwidth_limit', int64],
  proxy: ['proxy', text],
  proxyUser: ['proxy_user', text],
  proxyPassword: ['proxy_password', text],
  noProxy: ['no_proxy', text],
  proxyFromEnvironment: ['proxy_from_environment', flag],
  sourceAddress: ['source_address', text],
  userAgent: ['user_agent', text],
  logFile: ['log_file', text],
  logLevel: ['log_level', (name, value) => check.choice(name, value, LOG_LEVELS)],
};

const OPTIONS = new Set([
  ...Object.keys(FIELDS),
  'bucket', 'internal', 'caData', 'credentials', 'refreshSTSToken', 'refreshSTSTokenInterval',
]);

function credentialsOf(options) {
  check.noOthers('credentials', options, new Set(Object.keys(CREDENTIALS)));
  const struct = blank(structs.credentials);
  for (const [name, field] of Object.entries(CREDENTIALS)) {
    struct[field] = text(name, options[name]);
  }
  return struct;
}

function configOf(options) {
  check.noOthers('the client', options, OPTIONS);
  check.callable('refreshSTSToken', options.refreshSTSToken);
  int32('refreshSTSTokenInterval', options.refreshSTSTokenInterval);
  const struct = blank(structs.config);
  for (const [name, [field, convert]] of Object.entries(FIELDS)) {
    struct[field] = convert(name, options[name]);
  }
  if (flag('internal', options.internal)) {
    struct.endpoint_type = ENDPOINT_TYPES.internal;
  }
  if (options.caData !== undefined) {
    struct.ca_data = typeof options.caData === 'string'
      ? Buffer.from(options.caData)
      : check.bytes('caData', options.caData);
    struct.ca_data_len = struct.ca_data.length;
  }
  if (options.credentials !== undefined) {
    struct.credentials = credentialsOf(options.credentials);
  }
  return struct;
}

module.exports = { configOf };
