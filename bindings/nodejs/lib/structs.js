'use strict';

// The structs of oss_resumable.h, field by field, under the names of the header, so that a test can
// compare both. They have no names in koffi, so that two copies of this package do not meet.

const koffi = require('koffi');

const header = koffi.struct({ name: 'str', value: 'str' });

const credentials = koffi.struct({
  struct_size: 'uint32',
  reserved: 'uint32',
  provider: 'str',
  profile_file: 'str',
  profile_name: 'str',
  process: 'str',
  role_name: 'str',
  metadata_endpoint: 'str',
  role_arn: 'str',
  oidc_provider_arn: 'str',
  oidc_token_file: 'str',
  role_session_name: 'str',
  sts_endpoint: 'str',
  callback: 'void *',
  userdata: 'void *',
});

const config = koffi.struct({
  struct_size: 'uint32',
  signature_version: 'int32',
  endpoint: 'str',
  region: 'str',
  access_key_id: 'str',
  access_key_secret: 'str',
  sts_token: 'str',
  ca_file: 'str',
  is_cname: 'int32',
  is_path_style: 'int32',
  connect_timeout_ms: 'int32',
  stall_timeout_ms: 'int32',
  retry_timeout_ms: 'int32',
  max_retries: 'int32',
  credentials: koffi.pointer(credentials),
  endpoint_type: 'int32',
  first_byte_timeout_ms: 'int32',
  max_connections: 'int32',
  proxy_from_environment: 'int32',
  bandwidth_limit: 'int64',
  proxy: 'str',
  proxy_user: 'str',
  proxy_password: 'str',
  no_proxy: 'str',
  ca_data: 'void *',
  ca_data_len: 'size_t',
  source_address: 'str',
  user_agent: 'str',
  log_file: 'str',
  log_callback: 'void *',
  log_userdata: 'void *',
  log_level: 'int32',
  reserved: 'int32',
});

const source = koffi.struct({
  struct_size: 'uint32',
  kind: 'int32',
  handle: 'int64',
  data: 'void *',
  data_len: 'size_t',
});

const callback = koffi.struct({
  struct_size: 'uint32',
  sni: 'int32',
  url: 'str',
  host: 'str',
  body: 'str',
  body_type: 'str',
  variables: koffi.pointer(header),
  variables_len: 'size_t',
});

const params = koffi.struct({
  struct_size: 'uint32',
  thread_num: 'int32',
  part_size: 'int64',
  enable_checkpoint: 'int32',
  flags: 'uint32',
  checkpoint_path: 'str',
  progress_callback: 'void *',
  userdata: 'void *',
  headers: koffi.pointer(header),
  headers_len: 'size_t',
  source: koffi.pointer(source),
  callback: koffi.pointer(callback),
  verify_on_resume: 'int32',
  resume_by_content: 'int32',
});

const progress = koffi.struct({
  struct_size: 'uint32',
  stage: 'int32',
  consumed_bytes: 'int64',
  total_bytes: 'int64',
  resumed_bytes: 'int64',
  parts_done: 'int32',
  parts_total: 'int32',
  retries: 'int32',
  reserved: 'int32',
});

const structs = { callback, config, credentials, header, params, progress, source };

// What a struct is when nothing is set. Callbacks stay NULL for ever: this binding has none that
// the library could call on a thread or at a moment that is not Node's.
function blank(struct) {
  const fields = {};
  for (const [name, member] of Object.entries(koffi.type(struct).members)) {
    fields[name] = /^u?int/i.test(member.type.primitive) ? 0 : null;
  }
  if ('struct_size' in fields) {
    fields.struct_size = koffi.sizeof(struct);
  }
  return fields;
}

module.exports = { blank, structs };
