'use strict';

// The numbers of oss_resumable.h, under the names that users see.

const AUTO = -1;
const PENDING = 1;
const OK = 0;
const SOURCE_MEMORY = 2;

const CODES = {
  E_INVALID_ARGUMENT: -1,
  E_FILE: -2,
  E_FILE_CHANGED: -3,
  E_CHECKPOINT: -4,
  E_NETWORK: -5,
  E_SERVICE: -6,
  E_INTEGRITY: -7,
  E_CANCELED: -8,
  E_STATE: -9,
  E_COMMIT_UNKNOWN: -10,
  E_CREDENTIALS: -11,
  E_INTERNAL: -99,
};

const WARNINGS = {
  RESUMABILITY_LOST: 1,
  CALLBACK_FAILED: 2,
  RESTARTED: 4,
  PART_SIZE_RAISED: 8,
  CHECKPOINT_LEFT: 16,
  UPLOAD_LEFT: 32,
  CALLBACK_REPLY_LOST: 64,
};

const ENDPOINT_TYPES = {
  public: 0,
  internal: 1,
  accelerate: 2,
  accelerateOverseas: 3,
  dualStack: 4,
};

const LOG_LEVELS = { none: 0, error: 1, warn: 2, info: 3, debug: 4, trace: 5 };

const VERIFY = { inDoubt: 0, always: 1, never: 2 };

// By number.
const STAGES = [
  'prepare', 'resume', 'initiate', 'upload', 'complete', 'settle', 'abort', 'done',
];

module.exports = {
  AUTO, CODES, ENDPOINT_TYPES, LOG_LEVELS, OK, PENDING, SOURCE_MEMORY, STAGES, VERIFY, WARNINGS,
};
