'use strict';

// The options of an upload, as oss_resumable_params_t.

const check = require('./check.js');
const { AUTO, SOURCE_MEMORY, VERIFY } = require('./constants.js');
const { invalidArgument } = require('./error.js');
const { blank, structs } = require('./structs.js');

const OPTIONS = new Set([
  'bucket', 'partSize', 'parallel', 'checkpoint', 'headers', 'meta', 'mime', 'callback',
  'verifyOnResume', 'resumeByContent', 'signal', 'onProgress',
]);

const CALLBACK_OPTIONS = new Set([
  'url', 'host', 'body', 'contentType', 'callbackSNI', 'customValue',
]);

function callbackOf(options) {
  check.noOthers('callback', options, CALLBACK_OPTIONS);
  const struct = blank(structs.callback);
  struct.url = check.text('callback.url', options.url);
  struct.host = check.text('callback.host', options.host);
  struct.body = check.text('callback.body', options.body);
  struct.body_type = check.text('callback.contentType', options.contentType);
  struct.sni = check.flag('callback.callbackSNI', options.callbackSNI);
  const variables = check.pairs('callback.customValue', options.customValue, 'x:');
  struct.variables = variables.length === 0 ? null : variables;
  struct.variables_len = variables.length;
  return struct;
}

function sourceOf(data) {
  const struct = blank(structs.source);
  struct.kind = SOURCE_MEMORY;
  // An array of none has no address.
  struct.data = data.length === 0 ? null : data;
  struct.data_len = data.length;
  return struct;
}

function headersOf(options) {
  const headers = check.pairs('headers', options.headers);
  headers.push(...check.pairs('meta', options.meta, 'x-oss-meta-'));
  if (options.mime !== undefined) {
    headers.push({ name: 'Content-Type', value: check.text('mime', options.mime) });
  }
  return headers;
}

const numberOrAuto = (convert) => (name, value) => (value === 'auto' ? AUTO : convert(name, value));
const partSize = numberOrAuto(check.int64);
const parallel = numberOrAuto(check.int32);

function paramsOf(options, data) {
  check.noOthers('an upload', options, OPTIONS);
  const struct = blank(structs.params);
  struct.part_size = partSize('partSize', options.partSize);
  struct.thread_num = parallel('parallel', options.parallel);
  if (typeof options.checkpoint === 'string') {
    struct.enable_checkpoint = 1;
    struct.checkpoint_path = check.text('checkpoint', options.checkpoint);
  } else {
    struct.enable_checkpoint = check.flag('checkpoint', options.checkpoint);
  }
  const headers = headersOf(options);
  struct.headers = headers.length === 0 ? null : headers;
  struct.headers_len = headers.length;
  struct.verify_on_resume = check.choice('verifyOnResume', options.verifyOnResume, VERIFY);
  struct.resume_by_content = check.flag('resumeByContent', options.resumeByContent);
  if (options.callback !== undefined) {
    struct.callback = callbackOf(options.callback);
  }
  if (data !== null) {
    struct.source = sourceOf(data);
  }
  check.callable('onProgress', options.onProgress);
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    throw invalidArgument('signal: must be an AbortSignal');
  }
  return struct;
}

module.exports = { paramsOf };
