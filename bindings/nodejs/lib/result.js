'use strict';

const koffi = require('koffi');
const { engine } = require('./engine.js');
const { warningsOf } = require('./warnings.js');

function headersOf(lib, result) {
  const headers = {};
  const count = Number(lib.result_header_count(result));
  for (let i = 0; i < count; i++) {
    const name = [null];
    const value = [null];
    lib.result_header_at(result, i, name, value);
    const before = headers[name[0]];
    headers[name[0]] = before === undefined ? value[0] : `${before}, ${value[0]}`;
  }
  return headers;
}

function bodyOf(lib, result) {
  const length = [0];
  const body = lib.result_body(result, length);
  const size = Number(length[0]);
  // Copied, because the memory is the result's.
  return size === 0 ? Buffer.alloc(0) : Buffer.from(new Uint8Array(koffi.view(body, size)));
}

// Reads the result of a success and frees it. Described in index.d.ts.
function success(result) {
  const lib = engine();
  try {
    return {
      etag: lib.result_etag(result),
      versionId: lib.result_version_id(result) ?? undefined,
      crc64: String(lib.result_crc64(result)),
      requestId: lib.result_request_id(result) ?? undefined,
      httpStatus: lib.result_http_status(result),
      uploadId: lib.result_upload_id(result) ?? undefined,
      resumedBytes: Number(lib.result_resumed_bytes(result)),
      partSize: Number(lib.result_part_size(result)),
      parts: lib.result_parts(result),
      retries: lib.result_retries(result),
      warnings: warningsOf(lib.result_warnings(result)),
      headers: headersOf(lib, result),
      body: bodyOf(lib, result),
      callbackError: lib.result_callback_error(result) ?? undefined,
    };
  } finally {
    lib.result_free(result);
  }
}

module.exports = { success };
