'use strict';

const { CODES } = require('./constants.js');
const { engine } = require('./engine.js');
const { warningsOf } = require('./warnings.js');

const NAMES = new Map(Object.entries(CODES).map(([name, number]) => [number, name]));

// Every failure of the library. Described in index.d.ts.
class OssResumableError extends Error {
  constructor(message, details, options) {
    super(message, options);
    Object.assign(this, details);
    // What JavaScript calls a cancel, so that those who look for the name find it.
    this.name = this.code === 'E_CANCELED' ? 'AbortError' : 'OssResumableError';
  }
}

// Reads a result and frees it.
function failure(code, result, options) {
  const lib = engine();
  try {
    return new OssResumableError(
      result === null ? `failed with code ${code}` : lib.result_message(result),
      {
        code: NAMES.get(code) || `E_${code}`,
        codeNumber: code,
        stage: lib.result_stage(result),
        partNumber: lib.result_part_number(result) || undefined,
        offset: offsetOf(lib.result_offset(result)),
        httpStatus: lib.result_http_status(result) || undefined,
        errorCode: lib.result_error_code(result) ?? undefined,
        requestId: lib.result_request_id(result) ?? undefined,
        hostId: lib.result_host_id(result) ?? undefined,
        ec: lib.result_ec(result) ?? undefined,
        errno: lib.result_os_errno(result) || undefined,
        reason: lib.result_reason(result) ?? undefined,
        attempts: lib.result_attempts(result),
        retryable: lib.result_retryable(result) !== 0,
        uploadId: lib.result_upload_id(result) ?? undefined,
        warnings: warningsOf(lib.result_warnings(result)),
      },
      options);
  } finally {
    lib.result_free(result);
  }
}

function offsetOf(offset) {
  return offset < 0 ? undefined : Number(offset);
}

// What this binding refuses by itself; the message begins with the name, as the library's does.
function invalidArgument(message) {
  return new OssResumableError(message, {
    code: 'E_INVALID_ARGUMENT',
    codeNumber: CODES.E_INVALID_ARGUMENT,
    stage: 'prepare',
    attempts: 0,
    retryable: false,
    warnings: [],
  });
}

module.exports = { OssResumableError, failure, invalidArgument };
