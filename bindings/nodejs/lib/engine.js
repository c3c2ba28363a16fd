'use strict';

// Finds and loads the library, and declares its functions.

const fs = require('node:fs');
const path = require('node:path');
const koffi = require('koffi');
const { structs } = require('./structs.js');

// What this binding was made for. Structs only grow within one major.minor of 0.x.
const MAJOR = 0;
const MINOR = 1;

const HANDLE = 'void *';
const HANDLE_OUT = koffi.out(koffi.pointer('void *'));
const TEXT_OUT = koffi.out(koffi.pointer('str'));

// Name: [what it returns, arguments...]. "oss_resumable_" goes in front.
const FUNCTIONS = {
  version: ['str'],
  version_number: ['int32'],
  client_new: ['int32', koffi.pointer(structs.config), HANDLE_OUT, HANDLE_OUT],
  client_set_bandwidth_limit: ['int32', HANDLE, 'int64'],
  client_set_credentials: ['int32', HANDLE, 'str', 'str', 'str'],
  client_free: ['void', HANDLE],
  upload_start: [
    'int32', HANDLE, 'str', 'str', 'str', koffi.pointer(structs.params), HANDLE_OUT, HANDLE_OUT,
  ],
  upload_progress: ['int32', HANDLE, koffi.inout(koffi.pointer(structs.progress))],
  upload_cancel: ['void', HANDLE],
  upload_result: ['int32', HANDLE, HANDLE_OUT],
  upload_free: ['void', HANDLE],
  discard: ['int32', HANDLE, 'str', 'str', 'str', 'str', HANDLE_OUT],
  list_uploads: ['int32', HANDLE, 'str', 'str', 'int64', HANDLE_OUT, HANDLE_OUT],
  upload_list_count: ['size_t', HANDLE],
  upload_list_at: [
    'int32', HANDLE, 'size_t', TEXT_OUT, TEXT_OUT, koffi.out(koffi.pointer('int64')),
  ],
  upload_list_free: ['void', HANDLE],
  abort_upload: ['int32', HANDLE, 'str', 'str', 'str', HANDLE_OUT],
  abort_uploads: [
    'int32', HANDLE, 'str', 'str', 'int64', koffi.out(koffi.pointer('int64')), HANDLE_OUT,
  ],
  result_message: ['str', HANDLE],
  result_stage: ['str', HANDLE],
  result_part_number: ['int32', HANDLE],
  result_offset: ['int64', HANDLE],
  result_os_errno: ['int32', HANDLE],
  result_reason: ['str', HANDLE],
  result_attempts: ['int32', HANDLE],
  result_retryable: ['int32', HANDLE],
  result_callback_error: ['str', HANDLE],
  result_http_status: ['int32', HANDLE],
  result_error_code: ['str', HANDLE],
  result_request_id: ['str', HANDLE],
  result_host_id: ['str', HANDLE],
  result_ec: ['str', HANDLE],
  result_etag: ['str', HANDLE],
  result_version_id: ['str', HANDLE],
  result_upload_id: ['str', HANDLE],
  result_crc64: ['uint64', HANDLE],
  result_resumed_bytes: ['int64', HANDLE],
  result_part_size: ['int64', HANDLE],
  result_parts: ['int32', HANDLE],
  result_retries: ['int32', HANDLE],
  result_warnings: ['uint32', HANDLE],
  result_header_count: ['size_t', HANDLE],
  result_header_at: ['int32', HANDLE, 'size_t', TEXT_OUT, TEXT_OUT],
  result_body: ['void *', HANDLE, koffi.out(koffi.pointer('size_t'))],
  result_free: ['void', HANDLE],
};

const FILE_NAMES = {
  win32: 'oss_resumable.dll',
  darwin: 'liboss_resumable.dylib',
};

// Where the library is: what the environment says, else the copy in this package, else a name for
// the system's loader.
function locate() {
  if (process.env.OSS_RESUMABLE_LIBRARY) {
    return process.env.OSS_RESUMABLE_LIBRARY;
  }
  const name = FILE_NAMES[process.platform] || 'liboss_resumable.so';
  const packed = path.join(__dirname, '..', 'native', `${process.platform}-${process.arch}`, name);
  return fs.existsSync(packed) ? packed : name;
}

function checkVersion(number, version) {
  if (Math.trunc(number / 10000) !== MAJOR || Math.trunc(number / 100) % 100 !== MINOR) {
    throw new Error(
      `liboss_resumable is version ${version}, but this package needs ${MAJOR}.${MINOR}.x`);
  }
}

function load(where) {
  let library;
  try {
    library = koffi.load(where);
  } catch (cause) {
    throw new Error(`cannot load liboss_resumable (${where}): ${cause.message}`, { cause });
  }
  const functions = {};
  for (const [name, [returns, ...takes]] of Object.entries(FUNCTIONS)) {
    functions[name] = library.func(`oss_resumable_${name}`, returns, takes);
  }
  checkVersion(functions.version_number(), functions.version());
  return functions;
}

let loaded = null;

// Loaded when first used, so that importing this package never throws.
function engine() {
  loaded ??= load(locate());
  return loaded;
}

function libraryVersion() {
  return engine().version();
}

module.exports = { FUNCTIONS, checkVersion, engine, libraryVersion, load };
