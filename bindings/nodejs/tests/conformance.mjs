// The conformance program of bindings/README.md.

import fs from 'node:fs';
import { OssResumable, OssResumableError } from 'oss-resumable';

const number = Number;
const flag = (value) => value !== '0';
const numberOrAuto = (value) => (value === 'auto' ? value : Number(value));
const same = (value) => value;
const camel = (name) => name.replace(/_./g, (found) => found[1].toUpperCase());

const CONFIG = {
  endpoint: same, region: same, access_key_id: same, access_key_secret: same, sts_token: same,
  connect_timeout_ms: number, stall_timeout_ms: number, retry_timeout_ms: number,
  max_retries: number, bandwidth_limit: number, user_agent: same,
};
const CREDENTIALS = [
  'provider', 'profile_file', 'profile_name', 'process', 'role_name', 'metadata_endpoint', 'role_arn',
  'oidc_provider_arn', 'oidc_token_file', 'role_session_name', 'sts_endpoint',
];
const UPLOAD = {
  part_size: ['partSize', numberOrAuto],
  thread_num: ['parallel', numberOrAuto],
  enable_checkpoint: ['checkpoint', flag],
  verify_on_resume: ['verifyOnResume', (value) => ['inDoubt', 'always', 'never'][value]],
  resume_by_content: ['resumeByContent', flag],
};
const CALLBACK = { url: 'url', host: 'host', body: 'body', body_type: 'contentType' };
const TARGET = ['bucket', 'object', 'file'];
const ACTIONS = [
  'cancel_at', 'throw_at', 'new_credentials_at', 'new_access_key_id', 'new_access_key_secret',
  'new_sts_token', 'gc', 'discard',
];

const decode = (value) =>
  value.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');
const encode = (value) =>
  String(value).replaceAll('%', '%25').replaceAll('\n', '%0A').replaceAll('\r', '%0D');

function read(path) {
  const request = { config: {}, options: {}, upload: {}, second: {}, action: {} };
  for (const line of fs.readFileSync(path, 'utf8').split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0) {
      configure(request, line.slice(0, equals), decode(line.slice(equals + 1)));
    }
  }
  const { options } = request;
  if (options.checkpoint && request.checkpointPath !== undefined) {
    options.checkpoint = request.checkpointPath;
  }
  return request;
}

function configure(request, name, value) {
  const [group, field, ...rest] = name.split('.');
  const more = rest.join('.');
  const { options } = request;
  if (group === 'config' && CONFIG[field] && !more) {
    request.config[camel(field)] = CONFIG[field](value);
  } else if (group === 'credentials' && CREDENTIALS.includes(field) && !more) {
    request.config.credentials ??= {};
    request.config.credentials[camel(field)] = value;
  } else if ((group === 'upload' || group === 'second') && TARGET.includes(field) && !more) {
    request[group][field] = value;
  } else if (group === 'upload' && UPLOAD[field] && !more) {
    const [option, convert] = UPLOAD[field];
    options[option] = convert(value);
  } else if (name === 'upload.checkpoint_path') {
    request.checkpointPath = value;
  } else if (group === 'upload' && field === 'header' && more) {
    options.headers ??= {};
    options.headers[more] = value;
  } else if (group === 'upload' && field === 'callback' && CALLBACK[more]) {
    options.callback ??= {};
    options.callback[CALLBACK[more]] = value;
  } else if (group === 'upload' && field === 'callback' && rest[0] === 'var') {
    options.callback ??= {};
    options.callback.customValue ??= {};
    options.callback.customValue[rest.slice(1).join('.')] = value;
  } else if (group === 'action' && ACTIONS.includes(field) && !more) {
    request.action[field] = value;
  } else {
    console.error(`unknown name: ${name}`);
    process.exit(2);
  }
}

class Thrown extends Error {}

async function run(client, request, target, prefix) {
  const lines = [];
  const print = (name, value) => {
    if (value !== undefined) {
      lines.push(`${prefix}${name}=${encode(value)}\n`);
    }
  };
  const { action } = request;
  // Actions are for the first upload; the second one shows that it is left alone.
  const at = (name) =>
    (prefix !== '' || action[name] === undefined ? Infinity : Number(action[name]));
  const progress = { calls: 0, last: 0, total: 0, monotonic: 1 };
  const collections = prefix === '' ? Number(action.gc ?? 0) : 0;
  let [collected, collecting] = [0, 0];
  let credentialsSet = false;
  const controller = new AbortController();

  function onProgress({ consumedBytes, totalBytes }) {
    progress.calls++;
    if (consumedBytes < progress.last || consumedBytes > totalBytes) {
      progress.monotonic = 0;
    }
    progress.last = consumedBytes;
    progress.total = totalBytes;
    collect();
    if (consumedBytes >= at('new_credentials_at') && !credentialsSet) {
      credentialsSet = true;
      client.setCredentials(
        action.new_access_key_id, action.new_access_key_secret, action.new_sts_token);
    }
    if (consumedBytes >= at('cancel_at')) {
      controller.abort();
    }
    if (consumedBytes >= at('throw_at')) {
      throw new Thrown('CONFORMANCE');
    }
  }

  // Spread over the calls, while parts are on their way: the bandwidth limit keeps the upload from ending
  // before the last of them.
  function collect() {
    if (collected === collections) {
      return;
    }
    collecting++;
    for (let at = 0; at < 500 && collected < collections; at++) {
      collected++;
      // What is new is collected every time, the rest every tenth time: it takes twenty times as long.
      globalThis.gc({ type: collected % 10 === 0 ? 'major' : 'minor' });
    }
    if (collected === collections) {
      client.setBandwidthLimit(0);
    }
  }

  try {
    if (action.discard === '1') {
      await client.discard(
        target.object, target.file, { bucket: target.bucket, checkpoint: request.checkpointPath });
      print('outcome', 'ok');
      return lines;
    }
    printResult(print, await client.upload(target.object, target.file, {
      ...request.options, bucket: target.bucket, signal: controller.signal, onProgress,
    }));
  } catch (error) {
    if (error instanceof Thrown) {
      print('outcome', 'thrown');
      print('thrown', error.message);
    } else {
      printError(print, error);
    }
  }
  for (const [name, value] of Object.entries(progress)) {
    print(`progress.${name}`, value);
  }
  if (collections > 0) {
    print('collections', collected);
    print('collections.calls', collecting);
  }
  return lines;
}

const WARNINGS = [
  'RESUMABILITY_LOST', 'CALLBACK_FAILED', 'RESTARTED', 'PART_SIZE_RAISED', 'CHECKPOINT_LEFT',
  'UPLOAD_LEFT', 'CALLBACK_REPLY_LOST',
];

function printResult(print, result) {
  print('outcome', 'ok');
  print('etag', result.etag);
  print('version_id', result.versionId);
  print('upload_id', result.uploadId);
  print('crc64', result.crc64);
  print('resumed_bytes', result.resumedBytes);
  print('part_size', result.partSize);
  print('parts', result.parts);
  print('retries', result.retries);
  print('warnings', result.warnings.reduce((bits, name) => bits | (1 << WARNINGS.indexOf(name)), 0));
  print('callback_error', result.callbackError);
  if (result.body.length > 0) {
    print('body', result.body.toString('utf8'));
  }
  for (const [name, value] of Object.entries(result.headers)) {
    print(`header.${name}`, value);
  }
}

function printError(print, error) {
  if (!(error instanceof OssResumableError)) {
    throw error;
  }
  print('outcome', 'error');
  print('code', error.codeNumber);
  print('message', error.message);
  print('stage', error.stage);
  print('part_number', error.partNumber);
  print('offset', error.offset);
  print('http_status', error.httpStatus);
  print('error_code', error.errorCode);
  print('request_id', error.requestId);
  print('host_id', error.hostId);
  print('ec', error.ec);
  print('os_errno', error.errno);
  print('reason', error.reason);
  print('attempts', error.attempts || undefined);
  print('retryable', error.retryable ? 1 : 0);
}

const request = read(process.argv[2]);
const lines = [];
try {
  const client = new OssResumable(request.config);
  const runs = [run(client, request, request.upload, '')];
  if (request.second.object !== undefined) {
    runs.push(run(client, request, request.second, 'second.'));
  }
  lines.push(...(await Promise.all(runs)).flat());
  client.close();
} catch (error) {
  printError((name, value) => value !== undefined && lines.push(`${name}=${encode(value)}\n`), error);
}
process.stdout.write(lines.join(''));
